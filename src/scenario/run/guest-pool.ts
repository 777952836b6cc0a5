/**
 * Guests that serve one case after the other: most of a case's time would be its guest's boot. A case sees of
 * its guest only what came since it has it.
 */

import { since } from '../guest/feed.ts';
import { Throttle } from '../guest/throttle.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { GuestRequest } from '../vmm/vmm.ts';

/** A guest that waits for its next case, or has one. */
interface Resident {
  readonly request: string;
  readonly guest: GuestUnderTest;
  readonly throttle: Throttle;
  ready: Awaited<ReturnType<GuestUnderTest['ready']>> | undefined;
  served: number;
}

/** ms. A guest that waits answers at once, or is not worth waiting for. */
const ANSWER = 10_000;

export class GuestPool {
  readonly #start: (request: GuestRequest) => Promise<GuestUnderTest>;
  readonly #most: number;
  /** Who has waited longest comes first. */
  readonly #waiting: Resident[] = [];

  /** @param most guests that wait; those beyond are ended */
  constructor(start: (request: GuestRequest) => Promise<GuestUnderTest>, most: number) {
    this.#start = start;
    this.#most = most;
  }

  /** One that waits, or a new one, which boots meanwhile. */
  async take(request: GuestRequest): Promise<GuestUnderTest> {
    const { machine, ...rest } = request;
    const key = JSON.stringify([rest, Object.entries(machine).sort()]);
    for (;;) {
      const at = this.#waiting.findIndex((resident) => resident.request === key);
      if (at < 0) break;
      const [resident] = this.#waiting.splice(at, 1);
      const before = await stateOf(resident!.guest);
      if (before !== undefined) return this.#lend(resident!, before);
      await discard(resident!);
    }
    // Its memory is needed for the new one.
    if (this.#waiting.length >= this.#most) await discard(this.#waiting.shift()!);
    const guest = await this.#start(request);
    const throttle = new Throttle(guest.console);
    return this.#lend({ request: key, guest, throttle, ready: undefined, served: 0 }, 0);
  }

  /** Ends all that wait. */
  async close(): Promise<void> {
    await Promise.all(this.#waiting.splice(0).map(discard));
  }

  /** @param corrupted bytes that cases before have lost */
  #lend(resident: Resident, corrupted: number): GuestUnderTest {
    const { guest, throttle, served } = resident;
    const line = served === 0 ? 0 : guest.console.mark;
    const event = served === 0 ? 0 : guest.events.mark;
    return {
      vmm: guest.vmm,
      log: guest.log,
      commandLine: guest.commandLine,
      pid: guest.pid,
      console: since(guest.console, line),
      events: since(guest.events, event),
      throttle,
      served,
      ready: async () => {
        resident.ready ??= await guest.ready();
        return resident.ready;
      },
      readyAgain: (from) => guest.readyAgain(line + from),
      hardwareCorrupted: async () => (await guest.hardwareCorrupted()) - corrupted,
      command: (...words) => guest.command(...words),
      ask: (...words) => guest.ask(...words),
      send: (words) => guest.send(words),
      allocate: (...pages) => guest.allocate(...pages),
      touch: (...how) => guest.touch(...how),
      race: (...how) => guest.race(...how),
      crowd: (...how) => guest.crowd(...how),
      fork: (...pages) => guest.fork(...pages),
      inject: (...request) => guest.inject(...request),
      injectRecord: (block) => guest.injectRecord(block),
      injectException: (request) => guest.injectException(request),
      status: () => guest.status(),
      poison: () => guest.poison(),
      registers: (...which) => guest.registers(...which),
      sysrq: (key) => guest.sysrq(key),
      stop: (mode) => guest.stop(mode),
      exit: (limit) => guest.exit(limit),
      kill: () => guest.kill(),
      leave: () => this.#leave(resident),
    };
  }

  async #leave(resident: Resident): Promise<void> {
    try {
      await resident.guest.command('end', ANSWER);
      await resident.guest.command('trace off', ANSWER);
    } catch {
      return resident.guest.kill();
    }
    resident.served++;
    this.#waiting.push(resident);
  }
}

/** One that the host cannot end is no other case's fault, and is left to the end of this process. */
async function discard({ guest }: Resident): Promise<void> {
  await guest.kill().catch(() => {});
}

/** HardwareCorrupted so far, in bytes; undefined: it does not answer any more. */
async function stateOf(guest: GuestUnderTest): Promise<number | undefined> {
  try {
    await guest.command('cpus', ANSWER);
    return await guest.hardwareCorrupted();
  } catch {
    return undefined;
  }
}
