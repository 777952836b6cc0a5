/** A live QEMU as a judge of tables: what firmware would find in its fw_cfg, read over the qtest protocol. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

export const hasQemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;

/** fw_cfg of the `virt` machine, and its RAM, which nobody else uses as the machine never runs. */
const FW_CFG_DMA = 0x0902_0010;
const DESCRIPTOR = 0x4000_0000;
const BUFFER = 0x4000_1000;

/** Parts of a DMA descriptor's control word. */
const DMA_ERROR = 1;
const DMA_READ = 2;
const DMA_SELECT = 8;

const FILE_DIRECTORY = 0x19;
const FILE_ENTRY_SIZE = 64;

/** However slow this machine is, nothing here takes so long. */
const TIMEOUT_MS = 60_000;

/** A machine that never runs: its devices are there, and its memory can be read and written. */
export class Qemu {
  readonly #child: ChildProcess;
  readonly #directory = mkdtempSync(join(tmpdir(), 'rasvm-qemu-'));
  /** Aborted when QEMU ends. */
  readonly #gone = new AbortController();
  #socket: Socket | undefined;
  #lines: Interface | undefined;

  private constructor(args: readonly string[], socketPath: string) {
    const firmware = join(this.#directory, 'firmware');
    writeFileSync(firmware, 'never runs');
    this.#child = spawn(
      'qemu-system-aarch64',
      [
        ...args,
        ...['-accel', 'tcg', '-S', '-display', 'none', '-nic', 'none', '-bios', firmware],
        ...['-qtest', `unix:${socketPath}`, '-qtest-log', 'none'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    this.#child.once('close', () => this.#gone.abort(new Error(`QEMU has ended: ${said}`)));
  }

  /** Starts the machine, has `use` look at it, and ends it. */
  static async with<T>(args: readonly string[], use: (qemu: Qemu) => Promise<T>): Promise<T> {
    const place = mkdtempSync(join(tmpdir(), 'rasvm-qtest-'));
    const path = join(place, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const qemu = new Qemu(args, path);
    try {
      const [socket] = (await once(server, 'connection', { signal: qemu.#bound() })) as [Socket];
      qemu.#socket = socket;
      qemu.#lines = createInterface(socket);
      return await use(qemu);
    } finally {
      server.close();
      await qemu.#end();
      rmSync(place, { recursive: true, force: true });
    }
  }

  #bound(): AbortSignal {
    return AbortSignal.any([this.#gone.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  }

  async #end(): Promise<void> {
    this.#lines?.close();
    this.#socket?.destroy();
    if (!this.#gone.signal.aborted) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGKILL');
      await closed;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One command of the qtest protocol; gives what follows OK. */
  async #command(line: string): Promise<string> {
    const answer = once(this.#lines!, 'line', { signal: this.#bound() });
    this.#socket!.write(`${line}\n`);
    const [text] = (await answer) as [string];
    assert.match(text, /^OK\b/, `${line}: ${text}`);
    return text.slice(3);
  }

  async read(gpa: number, size: number): Promise<Buffer> {
    if (size === 0) return Buffer.alloc(0);
    return Buffer.from((await this.#command(`read ${gpa} ${size}`)).slice(2), 'hex');
  }

  async write(gpa: number, data: Buffer): Promise<void> {
    await this.#command(`write ${gpa} ${data.length} 0x${data.toString('hex')}`);
  }

  /** Reads a fw_cfg item by DMA. */
  async #item(key: number, size: number): Promise<Buffer> {
    const descriptor = Buffer.alloc(16);
    descriptor.writeUInt32BE((key << 16) | DMA_SELECT | DMA_READ, 0);
    descriptor.writeUInt32BE(size, 4);
    descriptor.writeBigUInt64BE(BigInt(BUFFER), 8);
    await this.write(DESCRIPTOR, descriptor);
    const address = Buffer.alloc(8);
    address.writeBigUInt64BE(BigInt(DESCRIPTOR));
    // The lower half starts the transfer.
    await this.write(FW_CFG_DMA, address.subarray(0, 4));
    await this.write(FW_CFG_DMA + 4, address.subarray(4));
    const control = (await this.read(DESCRIPTOR, 4)).readUInt32BE();
    assert.equal(control & DMA_ERROR, 0, `fw_cfg item ${key}`);
    return this.read(BUFFER, size);
  }

  /** Every file of fw_cfg by its name. */
  async files(): Promise<Map<string, Buffer>> {
    const count = (await this.#item(FILE_DIRECTORY, 4)).readUInt32BE();
    const directory = await this.#item(FILE_DIRECTORY, 4 + count * FILE_ENTRY_SIZE);
    const files = new Map<string, Buffer>();
    for (let at = 4; at < directory.length; at += FILE_ENTRY_SIZE) {
      const name = directory.toString('latin1', at + 8, at + FILE_ENTRY_SIZE).replace(/\0.*$/s, '');
      files.set(name, await this.#item(directory.readUInt16BE(at + 4), directory.readUInt32BE(at)));
    }
    return files;
  }
}

const COMMAND_SIZE = 128;
const NAME_SIZE = 56;

/**
 * What firmware does with QEMU's tables: carries out `etc/table-loader`. Gives each file that it places, as it then
 * stands in memory, and where.
 */
export function loadTables(files: ReadonlyMap<string, Buffer>): Map<string, { gpa: bigint; bytes: Buffer }> {
  const script = files.get('etc/table-loader');
  assert.ok(script, 'QEMU has made no tables');
  const placed = new Map<string, { gpa: bigint; bytes: Buffer }>();
  let next = 0x4800_0000n;
  for (let at = 0; at < script.length; at += COMMAND_SIZE) {
    const name = (offset: number) =>
      script.toString('latin1', at + offset, at + offset + NAME_SIZE).replace(/\0.*$/s, '');
    const number = (offset: number) => script.readUInt32LE(at + offset);
    switch (number(0)) {
      case 1: {
        const alignment = BigInt(number(4 + NAME_SIZE));
        const gpa = ((next + alignment - 1n) / alignment) * alignment;
        const bytes = Buffer.from(files.get(name(4))!);
        placed.set(name(4), { gpa, bytes });
        next = gpa + BigInt(bytes.length);
        break;
      }
      case 2: {
        const { bytes } = placed.get(name(4))!;
        const offset = number(4 + 2 * NAME_SIZE);
        const size = script[at + 8 + 2 * NAME_SIZE]!;
        const pointer = bytes.subarray(offset, offset + size);
        const gpa = BigInt(`0x${Buffer.from(pointer).reverse().toString('hex')}`) + placed.get(name(60))!.gpa;
        Buffer.from(gpa.toString(16).padStart(2 * size, '0'), 'hex')
          .reverse()
          .copy(pointer);
        break;
      }
      case 3: {
        const { bytes } = placed.get(name(4))!;
        const [offset, start, length] = [number(60), number(64), number(68)] as const;
        bytes[offset] = 0;
        bytes[offset] = -bytes.subarray(start, start + length).reduce((sum, byte) => sum + byte, 0) & 0xff;
        break;
      }
      default: // Tells QEMU where something is, or is no command.
    }
  }
  return placed;
}

/** The tables that stand in a blob one after the other. */
export function tablesIn(blob: Buffer): Buffer[] {
  const tables: Buffer[] = [];
  for (let at = 0; at + 36 <= blob.length; ) {
    const length = blob.readUInt32LE(at + 4);
    // QEMU fills the blob up with zeros.
    if (length === 0) break;
    tables.push(blob.subarray(at, at + length));
    at += length;
  }
  return tables;
}
