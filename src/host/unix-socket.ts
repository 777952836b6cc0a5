/** Listening on a unix socket of the caller's choice, for its owner alone. */

import { lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { RasvmError } from '../core/errors.ts';

/** sun_path of struct sockaddr_un, without its end (include/uapi/linux/un.h). */
const LONGEST_PATH = 107;

/**
 * Resolves when clients can connect. A socket that nobody listens on any more is taken over.
 * @param option as the caller of rasvm knows it, such as --serial
 * @throws RasvmError FILE
 */
export async function listenOnPath(server: Server, path: string, option: string): Promise<void> {
  const failed = (why: string, cause?: unknown) =>
    new RasvmError('FILE', `${option} unix:${path}: ${why}`, { cause });
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw failed(`the path of a socket has at most ${LONGEST_PATH} bytes`);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) throw failed('there is a file that is no socket');
  if (there && (await answers(path))) throw failed('another program listens there');
  if (there) unlinkSync(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(failed(error.message, error)));
    // It is the owner's; the socket is made during this call.
    const mask = process.umask(0o077);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(mask);
    }
  });
}

/** Whether somebody listens there, or only a socket is left over. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
