/**
 * A guest under test in QEMU: addresses by its monitor, errors by the hand of the host, which it is to pass
 * on.
 */

import { join } from 'node:path';
import { RasvmError } from '../../core/errors.ts';
import { PanicWatch } from '../../machine/panic-watch.ts';
import { loseFrame } from '../../memory/hwpoison.ts';
import { Feed } from '../guest/feed.ts';
import { guestInitramfs } from '../guest/initramfs.ts';
import type { GuestUnderTest, TimedEvent } from '../guest/under-test.ts';
import { AgentGuest, agentSocket, guestName } from './agent-guest.ts';
import { ownDirectory } from './child.ts';
import { frameOf } from './frames.ts';
import { CONSOLE, type QemuRequest, qemuCommand } from './qemu-command.ts';
import { qemuInstallation } from './qemu-installation.ts';
import { QemuMonitor } from './qemu-monitor.ts';
import { type GuestRequest, TEST_GUEST_WORDS, VMMS } from './vmm.ts';

/** What a case's request is to QEMU. @throws RasvmError LAB, FILE when QEMU or its firmware is missing */
export async function qemuRequest({ kernel, machine }: Omit<GuestRequest, 'vmm'>): Promise<QemuRequest> {
  const { program, firmware } = await qemuInstallation();
  return {
    program,
    kernel,
    initrd: await guestInitramfs(),
    ...(machine.acpi !== 'off' && { firmware }),
    machine,
    append: `console=ttyAMA0 ${TEST_GUEST_WORDS} ${machine.append ?? ''}`.trim(),
  };
}

export class QemuGuest extends AgentGuest implements GuestUnderTest {
  /** QEMU tells none. */
  readonly events: Feed<TimedEvent>;
  readonly #monitor: QemuMonitor;

  /** @throws RasvmError LAB, FILE when QEMU or its firmware is missing */
  static async start(request: Omit<GuestRequest, 'vmm'>): Promise<QemuGuest> {
    const command = await qemuRequest(request);
    return new QemuGuest(command, ownDirectory());
  }

  private constructor(command: QemuRequest, directory: string) {
    const name = guestName();
    const monitor = join(directory, 'monitor');
    const events = new Feed<TimedEvent>(`events of ${name}`);
    let panic: string | undefined;
    // The guest's kernel hangs after a panic: its last words are the machine's end.
    const watch = new PanicWatch({
      onPanic: () => {},
      onEnd: (reason) => {
        panic = reason;
        this.signal('SIGTERM');
      },
    });
    super(VMMS.qemu, {
      name,
      directory,
      argv: qemuCommand(command, { agent: agentSocket(directory), monitor }),
      input: true,
      onOutput: (bytes) => watch.push(bytes),
      completes: () => (panic === undefined ? {} : { panic }),
      onEnd: (reason) => {
        events.end(reason);
        this.#monitor.close(reason);
      },
    });
    this.events = events;
    this.#monitor = new QemuMonitor(monitor);
  }

  /** The host loses the page; QEMU is sent what the host's kernel sends. */
  async inject({ gpa }: { gpa: number }): Promise<{ hva: number }> {
    const said = await this.#monitor.human(`gpa2hva 0x${gpa.toString(16)}`);
    const hva = Number(/ is (0x[0-9a-f]+)/.exec(said)?.[1]);
    if (Number.isNaN(hva)) throw new RasvmError('CONTROL', `QEMU: gpa2hva: ${said.trim()}`);
    await loseFrame(frameOf(this.pid, hva));
    return { hva };
  }

  async injectRecord(): Promise<never> {
    throw notAsked('a record');
  }

  async injectException(): Promise<never> {
    throw notAsked('an exception');
  }

  async status(): Promise<never> {
    throw notAsked('its status');
  }

  async poison(): Promise<never> {
    throw notAsked('its ledger');
  }

  async registers(): Promise<never> {
    throw notAsked('registers');
  }

  async stop(): Promise<never> {
    throw notAsked('an end');
  }

  /** A break on the console, and the key. */
  async sysrq(key: string): Promise<void> {
    await this.#monitor.human(`chardev-send-break ${CONSOLE}`);
    this.child.type(key);
  }
}

function notAsked(what: string): RasvmError {
  return new RasvmError('CONTROL', `QEMU is not asked for ${what}`);
}
