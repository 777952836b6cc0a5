/**
 * The machine's control socket. Listening costs node:net and a socket; gRPC itself (some 9 MB and 30 ms) is
 * loaded when the first client connects.
 */

import type { Socket } from 'node:net';
import type { ControlledMachine } from '../api/machine.ts';
import type { Claim } from './names.ts';

export interface ControlServer {
  /** Ends streams and connections (at most `grace` ms for what is under way) and the socket. */
  close(grace?: number): Promise<void>;
}

interface Acceptor {
  accept(socket: Socket): void;
  close(grace: number): Promise<void>;
}

/** Resolves when clients can connect. The process does not stay alive for it. */
export async function startControlServer(machine: ControlledMachine, claim: Claim): Promise<ControlServer> {
  // Not before the guest runs.
  const { createServer } = await import('node:net');
  let acceptor: Promise<Acceptor> | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client may go away before HTTP/2 takes the socket.
    socket.on('error', () => socket.destroy());
    socket.unref();
    acceptor ??= import('./acceptor.ts').then(({ createAcceptor }) => createAcceptor(machine));
    acceptor.then(
      (loaded) => loaded.accept(socket),
      () => socket.destroy(),
    );
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(claim.socketPath, resolve);
  });
  claim.publish();
  return {
    async close(grace = 1000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await (await acceptor)?.close(grace);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
