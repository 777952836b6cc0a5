/** Clients of a machine, by gRPC on the socket that it listens on; loaded when there is one. */

import { createServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ControlledMachine } from '../api/machine.ts';
import { log } from '../core/log.ts';
import { addMachineService } from './service.ts';

/** A request is a few numbers; nobody has reason to send more. */
const MAX_REQUEST = 64 * 1024;

export interface Acceptor {
  /** Takes no more clients, ends streams, lets calls end by themselves for `grace` ms, then ends them. */
  close(grace: number): Promise<void>;
}

/** @param fd of a socket that listens, which it closes in the end */
export function createAcceptor(machine: ControlledMachine, fd: number): Acceptor {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST, 'grpc.enable_channelz': 0 });
  const closing = new AbortController();
  addMachineService(server, machine, closing.signal);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client may go away before HTTP/2 takes the socket.
    socket.on('error', () => socket.destroy());
    socket.unref();
    injector.injectConnection(socket);
  });
  listener.on('error', ({ message }) =>
    log.warn(`${listener.listening ? 'a client was not served' : 'no client is served'}: ${message}`),
  );
  listener.listen({ fd });
  listener.unref();
  return {
    async close(grace) {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      closing.abort();
      await shutDown(server, grace);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function shutDown(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), grace);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
