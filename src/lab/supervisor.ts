/**
 * Keeps a lab for the commands of many command lines: owns QEMU, listens on a socket, and passes frames
 * between each caller and the agent. Windows are kept end to end, so it buffers no more than they allow.
 */

import { rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { RasvmError } from '../core/errors.ts';
import { encodeEnd } from './end.ts';
import { encodeFrame, type Frame, FrameReader, FrameType } from './frames.ts';
import { Lab } from './lab.ts';
import type { LabOptions } from './options.ts';
import { labDirectory } from './runtime.ts';

export interface LabStatus {
  /** Process id of the supervisor. */
  readonly pid: number;
  readonly options: LabOptions;
  /** Milliseconds from QEMU's start to the agent's first word. */
  readonly bootTime: number;
  /** When it started, ISO 8601. */
  readonly since: string;
  /** Commands that run in it now. */
  readonly commands: number;
  /**
   * Milliseconds without a command after which it ends by itself; left out: it ends with the command that
   * started it.
   */
  readonly idle?: number;
}

/** ms for what is still to be sent to a caller when the lab ends. */
const CLOSE_LIMIT = 2000;

/** Runs a lab until it is told to stop, nobody has used it for `idle` milliseconds, or it ends. */
export async function supervise(options: LabOptions, idle: number, onReady: () => void): Promise<void> {
  const served = await serveLab(await Lab.start(options), idle);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, served.stop);
  onReady();
  await served.ended;
}

export interface ServedLab {
  /** The socket that command lines connect to. */
  readonly path: string;
  /** Settles when the lab is gone and nothing is left of it. */
  readonly ended: Promise<void>;
  stop(): void;
}

/**
 * Lets other command lines find the lab and run commands in it.
 * @param idle left out: the lab is for the command line that has started it, and lasts until that stops it.
 */
export async function serveLab(lab: Lab, idle?: number): Promise<ServedLab> {
  const path = join(labDirectory(), `lab-${process.pid}.sock`);
  const relay = new Relay(lab.takePort());
  const since = new Date().toISOString();
  let stop = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  const status = (): LabStatus => ({
    pid: process.pid,
    options: lab.options,
    bootTime: lab.bootTime,
    since,
    commands: relay.commands,
    ...(idle !== undefined && { idle }),
  });
  const server = createServer((socket) => relay.serve(socket, { stop, status }));
  const remove = () => rmSync(path, { force: true });
  process.once('exit', remove);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);

  let timer: NodeJS.Timeout | undefined;
  relay.onChange = () => {
    clearTimeout(timer);
    if (idle !== undefined && relay.commands === 0) timer = setTimeout(stop, idle);
  };
  relay.onChange();
  const end = async () => {
    const why = await Promise.race([stopped, lab.ended]);
    relay.onChange = () => {};
    clearTimeout(timer);
    server.close();
    remove();
    process.off('exit', remove);
    await lab.stop();
    relay.close(why);
  };
  return { path, ended: end(), stop };
}

interface Control {
  stop(): void;
  status(): LabStatus;
}

/** Every caller counts its sessions from one; the agent knows them by numbers that are given here. */
class Relay {
  onChange: () => void = () => {};
  readonly #agent: Duplex;
  readonly #routes = new Map<number, { socket: Socket; session: number }>();
  readonly #sockets = new Set<Socket>();
  #next = 1;

  constructor(agent: Duplex) {
    this.#agent = agent;
    const reader = new FrameReader();
    agent.on('data', (bytes: Buffer) => {
      try {
        for (const frame of reader.push(bytes)) this.#fromAgent(frame);
      } catch (error) {
        // The lab is at its end then, and tells it.
        agent.destroy(error as Error);
      }
    });
  }

  get commands(): number {
    return this.#routes.size;
  }

  serve(socket: Socket, control: Control): void {
    const reader = new FrameReader();
    const sessions = new Map<number, number>();
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const frame of reader.push(bytes)) this.#fromCaller(socket, sessions, frame, control);
      } catch {
        socket.destroy();
      }
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      // What a caller has started ends with it.
      for (const [id, route] of this.#routes)
        if (route.socket === socket) this.#send(FrameType.Hangup, id, 0);
    });
  }

  /** @param why the lab ended, for those that still use it; left out: as somebody wished */
  close(why?: RasvmError): void {
    for (const socket of this.#sockets) {
      if (why) socket.write(encodeFrame(FrameType.Ended, 0, 0, encodeEnd(why)));
      socket.end();
      // One that does not read cannot keep the lab's process.
      setTimeout(() => socket.destroy(), CLOSE_LIMIT).unref();
    }
  }

  #fromCaller(socket: Socket, sessions: Map<number, number>, frame: Frame, control: Control): void {
    if (frame.type === FrameType.Stop) {
      control.stop();
      return;
    }
    if (frame.type === FrameType.Status) {
      socket.write(encodeFrame(FrameType.Status, 0, 0, Buffer.from(JSON.stringify(control.status()))));
      return;
    }
    if (frame.type === FrameType.Exec) {
      const id = this.#free();
      sessions.set(frame.session, id);
      this.#routes.set(id, { socket, session: frame.session });
      this.onChange();
    }
    const id = sessions.get(frame.session);
    if (id !== undefined && this.#routes.get(id)?.socket === socket)
      this.#send(frame.type as FrameType, id, frame.stream, frame.payload);
  }

  #fromAgent(frame: Frame): void {
    const route = this.#routes.get(frame.session);
    if (!route) return;
    if (!route.socket.destroyed)
      route.socket.write(encodeFrame(frame.type as FrameType, route.session, frame.stream, frame.payload));
    if (frame.type !== FrameType.Exit) return;
    this.#routes.delete(frame.session);
    this.onChange();
  }

  #send(type: FrameType, session: number, stream: number, payload?: Uint8Array): void {
    if (!this.#agent.destroyed) this.#agent.write(encodeFrame(type, session, stream, payload));
  }

  #free(): number {
    while (this.#routes.has(this.#next)) this.#next = (this.#next % 0xffff) + 1;
    const id = this.#next;
    this.#next = (id % 0xffff) + 1;
    return id;
  }
}
