/** Listening on a unix socket of the caller's choice, for its owner alone. */

import { linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { RasvmError } from '../core/errors.ts';

/** sun_path of struct sockaddr_un, without its end (include/uapi/linux/un.h), and without room for `.PID`. */
const LONGEST_PATH = 107 - '.4194304'.length;

/**
 * Resolves when clients can connect. A socket that nobody listens on any more is taken over; of several that
 * come at once, one listens. The path is removed when the server is closed.
 *
 * @param option as the caller of rasvm knows it, such as --serial
 * @throws RasvmError FILE
 */
export async function listenOnPath(server: Server, path: string, option: string): Promise<void> {
  const failed = (why: string, cause?: unknown) =>
    new RasvmError('FILE', `${option} unix:${path}: ${why}`, { cause });
  // Bound beside its place, and linked into it: a link never replaces what another has put there.
  const own = `${path}.${process.pid}`;
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw failed(`the path of a socket has at most ${LONGEST_PATH} bytes`);
  rmSync(own, { force: true });
  await bind(server, own).catch((error: Error) => {
    throw failed(error.message, error);
  });
  const inode = lstatSync(own).ino;
  try {
    await takeOver(path, own, failed);
  } catch (error) {
    server.close();
    throw error instanceof RasvmError ? error : failed((error as Error).message, error);
  } finally {
    rmSync(own, { force: true });
  }
  server.once('close', () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // It is the owner's; the socket is made during this call.
    const mask = process.umask(0o077);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

/** Makes `own` the socket at `path`. */
async function takeOver(path: string, own: string, failed: (why: string) => RasvmError): Promise<void> {
  for (;;) {
    try {
      linkSync(own, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined) continue;
    if (!there.isSocket()) throw failed('there is a file that is no socket');
    if (await answers(path)) throw failed('another program listens there');
    putAway(path, own, there.ino);
  }
}

/** Removes the socket that was found dead, and no other that has come to its place. */
function putAway(path: string, own: string, dead: number): void {
  const away = `${own}.old`;
  try {
    renameSync(path, away);
    if (lstatSync(away).ino !== dead) linkSync(away, path);
  } catch (error) {
    // Another was faster: the next look shows what is there.
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(away, { force: true });
  }
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
