/**
 * `rasvm run`: a machine from start to exit status. Nothing is loaded before the guest's first instruction that it
 * does not need.
 */

import { type Claim, claimName } from '../../control/names.ts';
import { type ControlServer, startControlServer } from '../../control/server.ts';
import { keepAll } from '../../core/kept.ts';
import { configureLog, log } from '../../core/log.ts';
import { openKvm } from '../../kvm/host.ts';
import { type Console, createConsole } from '../../machine/console.ts';
import { Machine } from '../../machine/machine.ts';
import type { RunOptions } from '../../machine/options.ts';
import { loadAddon } from '../../native/load.ts';
import type { EventsFile } from '../../observe/events-file.ts';
import { logEvents } from '../../observe/log-events.ts';
import type { MetricsServer } from '../../observe/metrics-server.ts';

/** ms after which all code of a start has been compiled. */
const SETTLED = 2000;

/** @returns the exit status. @throws RasvmError for what cannot be had */
export async function runMachine(options: RunOptions): Promise<number> {
  configureLog(options.log);
  const claim = claimName(options.name);
  process.once('exit', () => claim.release());
  let machine: Machine | undefined;
  let asked = 0;
  /** The first time the guest is asked, after that it is ended; then its output is not waited for. */
  const quit = () => {
    console.giveUp();
    machine
      ?.stop(asked++ === 0 ? 'powerdown' : 'kill')
      .catch((error) => log.error(`the machine does not stop: ${String(error)}`));
  };
  const console = createConsole(options.console, {
    onInput: (bytes) => machine?.input(bytes) ?? true,
    onQuit: quit,
  });
  let serial: Console | undefined;
  let eventsFile: EventsFile | undefined;
  let metrics: MetricsServer | undefined;
  try {
    if (options.serial) {
      const { listenSerial } = await import('../../machine/serial-socket.ts');
      serial = await listenSerial(options.serial.path, (bytes) => machine?.serialInput(bytes) ?? true);
    }
    const events = options.events === undefined ? undefined : await openEvents(options.events);
    metrics =
      options.metrics &&
      (await (await import('../../observe/metrics-server.ts')).serveMetrics(options.metrics));
    const addon = loadAddon();
    machine = new Machine(claim.name, options, { addon, kvm: openKvm(addon) }, { console, serial });
    eventsFile = events?.(machine);
    metrics?.measure(machine);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, quit);
    logEvents(machine.events);
    await machine.start();
    const control = serve(machine, claim);
    setTimeout(keepAll, SETTLED).unref();
    const status = await machine.finished;
    await control?.close();
    return status;
  } finally {
    keepAll();
    metrics?.close();
    await eventsFile?.close();
    await console.close();
    await serial?.close();
    claim.release();
  }
}

/** A machine that cannot be controlled still runs. */
function serve(machine: Machine, claim: Claim): ControlServer | undefined {
  try {
    return startControlServer(machine, claim);
  } catch (error) {
    log.warn(`no control socket, so inject, events and status do not reach this machine: ${String(error)}`);
    return undefined;
  }
}

/** Opened before the machine is made: what cannot be written is told first. */
async function openEvents(path: string): Promise<(machine: Machine) => EventsFile> {
  const { EventsFile, openEventsFile } = await import('../../observe/events-file.ts');
  const file = await openEventsFile(path);
  return (machine) => new EventsFile(file, machine.events, (message) => log.warn(message));
}
