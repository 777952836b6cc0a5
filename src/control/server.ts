/**
 * The machine's control socket. It listens from the start; what serves it (node:net and gRPC, some 9 MB and 60 ms) is
 * loaded when the first client connects.
 */

import { closeSync } from 'node:fs';
import type { ControlledMachine } from '../api/machine.ts';
import { log } from '../core/log.ts';
import type { ReadableWatch } from '../native/binding.ts';
import { loadAddon } from '../native/load.ts';
import type { Acceptor } from './acceptor.ts';
import type { Claim } from './names.ts';

export interface ControlServer {
  /** Ends streams and connections (at most `grace` ms for what is under way) and the socket. Safe to call twice. */
  close(grace?: number): Promise<void>;
}

/** Clients can connect when it returns. The process does not stay alive for it. @throws NativeError */
export function startControlServer(machine: ControlledMachine, claim: Claim): ControlServer {
  const addon = loadAddon();
  const fd = addon.listenUnix(claim.socketPath);
  let acceptor: Promise<Acceptor | undefined> | undefined;
  let watch: ReadableWatch | undefined;
  try {
    watch = new addon.ReadableWatch(fd, () => {
      watch?.close();
      acceptor = load(machine, fd);
    });
    claim.publish();
  } catch (error) {
    // Nobody is to wait at a socket that nobody serves.
    watch?.close();
    closeSync(fd);
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = async (grace: number) => {
    watch.close();
    if (acceptor === undefined) closeSync(fd);
    else await (await acceptor)?.close(grace);
  };
  return {
    close(grace = 1000) {
      closed ??= close(grace);
      return closed;
    },
  };
}

/** Takes the socket over. A machine that cannot be controlled still runs. */
async function load(machine: ControlledMachine, fd: number): Promise<Acceptor | undefined> {
  try {
    const { createAcceptor } = await import('./acceptor.ts');
    return createAcceptor(machine, fd);
  } catch (error) {
    log.warn(`inject, events and status do not reach this machine: ${String(error)}`);
    closeSync(fd);
    return undefined;
  }
}
