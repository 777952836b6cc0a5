/** A guest that does what a test says, without a machine: for what runs guests. */

import type { EventMessage } from '../../../src/api/events.ts';
import type { InjectSeaRequest, InjectSerrorRequest } from '../../../src/api/inject.ts';
import type { PoisonedPage } from '../../../src/api/poison.ts';
import type { VcpuRegisters } from '../../../src/api/registers.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import type { ConsoleLine, Line } from '../../../src/scenario/guest/console.ts';
import { Feed, Silence } from '../../../src/scenario/guest/feed.ts';
import { Fields } from '../../../src/scenario/guest/guest-line.ts';
import type { GuestUnderTest, TimedEvent } from '../../../src/scenario/guest/under-test.ts';
import type { Page, TouchResult } from '../../../src/scenario/guest/victim.ts';
import type { Exit } from '../../../src/scenario/vmm/child.ts';
import { VMMS, type Vmm } from '../../../src/scenario/vmm/vmm.ts';
import { printed, saidByAgent } from './console-lines.ts';

const RELEASE = '6.12.107+deb13-cloud-arm64';

export class ScriptedGuest implements GuestUnderTest {
  vmm: Vmm = VMMS.rasvm;
  readonly console = new Feed<ConsoleLine>('guest');
  readonly events = new Feed<TimedEvent>('events');
  readonly log: Line[] = [];
  readonly commandLine = ['rasvm', 'run', '--kernel', 'Image'];
  readonly pid = 1;
  /** What was asked of it, in order. */
  readonly asked: string[] = [];
  killed = false;
  corrupted = 0;
  status_: object = { acpi: true, errors: { untold: 0 } };
  ledger_: PoisonedPage[] = [];
  exit_: Exit = { status: 0, signal: null };
  release = RELEASE;
  onInject: (gpa: number) => void = () => {};
  onSysrq: (key: string) => void = (key) => this.say(`sysrq: key ${key}`);
  onTouch: (page: Page) => TouchResult | Promise<TouchResult> = (page) => ({
    outcome: 'value',
    value: 0n,
    va: page.va,
    ns: 1000,
  });
  answers = new Map<string, string>();
  /** What can be read in it, by path. */
  files = new Map<string, string>();
  #allocated = 0;
  #seq = 0;

  say(text: string): void {
    this.console.push(printed(`[    1.000000] ${text}`, performance.now()));
  }

  tell(kind: string, fields: Partial<EventMessage> = {}): void {
    const at = performance.now();
    this.events.push({ at, event: { seq: ++this.#seq, time: Math.round(at * 1e6), kind, ...fields } });
  }

  async ready() {
    this.console.push(saidByAgent(`ready uname=${this.release} cpus=1`, performance.now()));
    return { release: this.release, cpus: 1, pageSize: 4096 };
  }

  async readyAgain() {
    this.asked.push('readyAgain');
  }

  async command(words: string) {
    this.asked.push(words);
    const answer = this.answers.get(words);
    if (answer === 'silence') throw new Silence(`an answer to '${words}' did not come within 45 s`);
    return new Fields((answer ?? '').split(' '));
  }

  send(words: string) {
    this.asked.push(words);
  }

  async allocate(victim: string, kind: Page['kind'], count = 1): Promise<Page[]> {
    this.asked.push(`allocate ${victim} ${kind} ${count}`);
    return Array.from({ length: count }, () => {
      const index = this.#allocated++;
      return { victim, index, va: 0xffff_0000_0000 + index * 4096, gpa: 0x4200_0000 + index * 4096, kind };
    });
  }

  async touch(page: Page, how = 'read'): Promise<TouchResult> {
    this.asked.push(`touch ${page.victim} ${page.index} ${how}`);
    return this.onTouch(page);
  }

  async race(pages: readonly Page[], how = 'read'): Promise<TouchResult[]> {
    this.asked.push(`race ${how}`);
    return Promise.all(pages.map((page) => this.onTouch(page)));
  }

  async crowd(page: Page, how: string, threads: number): Promise<TouchResult[]> {
    this.asked.push(`crowd ${page.victim} ${page.index} ${how} ${threads}`);
    return Promise.all(Array.from({ length: threads }, () => this.onTouch(page)));
  }

  async fork(pages: readonly Page[], child: string): Promise<Page[]> {
    this.asked.push(`fork ${pages[0]!.victim} ${child}`);
    return pages.map((page) => ({ ...page, victim: child }));
  }

  async ask(words: string | readonly (string | Uint8Array)[]) {
    const path = String(words[1]);
    const text = this.files.get(path);
    if (text === undefined)
      throw new RasvmError('CONTROL', `guest: 'read ${path}' failed: read: No such file or directory`);
    return { fields: new Fields([]), content: Buffer.from(text) };
  }

  async hardwareCorrupted() {
    return this.corrupted;
  }

  async inject({ gpa, via, tell }: { gpa: number; via: string; tell: string }) {
    this.asked.push(`inject ${gpa.toString(16)} ${via} ${tell}`);
    this.onInject(gpa);
    return { id: 7, gpa, size: 4096, hva: 0x7000_0000_0000 + gpa };
  }

  async injectRecord(block: Uint8Array) {
    this.asked.push(`record ${block.byteLength}`);
    return { id: 8, size: block.byteLength };
  }

  async injectException(request: InjectSerrorRequest | InjectSeaRequest) {
    const words = Object.values(request).map((value) =>
      Array.isArray(value) ? value.map(({ iss = '' }) => iss).join('+') : String(value),
    );
    this.asked.push(words.join(' '));
    return { id: 9, size: 0 };
  }

  async status() {
    return this.status_ as never;
  }

  async poison() {
    return this.ledger_;
  }

  async registers(): Promise<VcpuRegisters[]> {
    this.asked.push('registers');
    const registers = { pc: 0xffff_8000_1234_5678n, pstate: 0x3c5n, ESR_EL1: 0n };
    return [{ vcpu: 0, mpState: 'runnable', held: false, registers }];
  }

  async sysrq(key: string) {
    this.asked.push(`sysrq ${key}`);
    this.onSysrq(key);
  }

  async stop() {
    this.asked.push('stop');
  }

  async exit() {
    return this.exit_;
  }

  async kill() {
    this.killed = true;
  }
}

export function sigbus(page: Page, code: number): TouchResult {
  return {
    outcome: 'signal',
    report: { signal: 7, code, address: page.va + 8, lsb: 12 },
    va: page.va,
    ns: 2e6,
  };
}
