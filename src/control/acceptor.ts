/** gRPC over sockets that are connected already; loaded when there is one. */

import type { Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ControlledMachine } from '../api/machine.ts';
import { addMachineService } from './service.ts';

/** A request is a few numbers; nobody has reason to send more. */
const MAX_REQUEST = 64 * 1024;

export function createAcceptor(machine: ControlledMachine) {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST, 'grpc.enable_channelz': 0 });
  const closing = new AbortController();
  addMachineService(server, machine, closing.signal);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: (socket: Socket): void => injector.injectConnection(socket),
    /** Ends streams, lets calls end by themselves for `grace` ms, then ends them. */
    close(grace: number): Promise<void> {
      closing.abort();
      return new Promise((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), grace);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
