/** Unix sockets of a VMM that is starting. */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** ms between attempts. */
const POLL = 100;

/**
 * Tries until somebody listens there. Errors after that are not told: a VMM that is gone shows as its exit.
 * @returns undefined once it is given up
 */
export async function connectWhenThere(path: string, isGivenUp: () => boolean): Promise<Socket | undefined> {
  for (; !isGivenUp(); await sleep(POLL)) {
    const socket = connect(path);
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    if (isConnected && !isGivenUp()) return socket;
    socket.destroy();
  }
  return undefined;
}
