/** An emulator that is none: a program that plays a lab's agent and its host, as a test wants them to end. */

/** What it does with the first command. */
export type Play =
  | 'panics'
  | 'is killed'
  | 'says nonsense'
  | 'powers off'
  | 'falls silent'
  | 'panics by itself';

/** Of the agent's port; native/lab/protocol.h. */
const PROGRAM = `
  const { appendFileSync, createReadStream, createWriteStream } = require('node:fs');
  const [consoleLog, play] = process.argv.slice(1);
  const port = new (require('node:net').Socket)({ fd: 3, readable: true, writable: true });
  const frame = (type, session, payload = Buffer.alloc(0)) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(payload.length, 0);
    header.writeUInt16LE(session, 4);
    header.writeUInt8(type, 6);
    port.write(Buffer.concat([header, payload]));
  };
  const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
  const panic = () => {
    appendFileSync(consoleLog, '[    7.000000] sysrq: Trigger a crash\\r\\n[    7.000001] Kernel panic - not syncing: sysrq triggered crash\\r\\n');
    process.exit(0);
  };
  const plays = {
    'panics': panic,
    'is killed': () => process.kill(process.pid, 'SIGKILL'),
    'says nonsense': () => port.write(Buffer.alloc(64, 0xff)),
    'powers off': () => process.exit(0),
    'falls silent': () => port.removeAllListeners('data').pause(),
    'panics by itself': () => {},
  };
  let data = Buffer.alloc(0);
  port.on('data', (bytes) => {
    data = Buffer.concat([data, bytes]);
    while (data.length >= 8 && data.length >= 8 + data.readUInt32LE(0)) {
      const [length, type] = [data.readUInt32LE(0), data[6]];
      data = data.subarray(8 + length);
      if (type === 2) plays[play]();
      if (type === 9) process.exit(0);
      if (type === 10) frame(11, 0);
    }
  });
  port.on('close', () => process.exit(0));
  appendFileSync(consoleLog, '[    1.000000] booted\\r\\n');
  frame(1, 0, u32(2));
  if (play === 'panics by itself') setTimeout(panic, 100);
`;

/** The command line, for Emulator.start. */
export function fakeHost(play: Play): (consoleLog: string) => string[] {
  return (consoleLog) => [process.execPath, '-e', PROGRAM, consoleLog, play];
}
