/**
 * `rasvm run`: a machine from start to exit status. Nothing is loaded before the guest's first instruction that it
 * does not need.
 */

import { keepCompiledCode } from '../compiled-code.ts';
import { type Claim, claimName } from '../control/names.ts';
import { type ControlServer, startControlServer } from '../control/server.ts';
import { configureLog, type LogFields, log } from '../log.ts';
import { type Console, createConsole } from '../machine/console.ts';
import { Machine } from '../machine/machine.ts';
import type { RunOptions } from '../machine/options.ts';
import { loadAddon } from '../native/load.ts';
import type { RasEvent } from '../ras/events.ts';

/** ms after which all code of a start has been compiled. */
const SETTLED = 2000;

/** @returns the exit status. @throws RasvmError for what cannot be had */
export async function runMachine(options: RunOptions): Promise<number> {
  configureLog(options.log);
  const claim = claimName(options.name);
  process.once('exit', () => claim.release());
  let machine: Machine | undefined;
  let asked = 0;
  /** The first time the guest is asked, after that it is ended. */
  const quit = () => {
    machine
      ?.stop(asked++ === 0 ? 'powerdown' : 'kill')
      .catch((error) => log.error(`the machine does not stop: ${String(error)}`));
  };
  const console = createConsole(options.console, {
    // Never paused, whatever the guest does: the keys that end it must be read.
    onInput: (bytes) => void machine?.input(bytes),
    onQuit: quit,
  });
  let serial: Console | undefined;
  try {
    if (options.serial) {
      const { listenSerial } = await import('../machine/serial-socket.ts');
      serial = await listenSerial(options.serial.path, (bytes) => machine?.serialInput(bytes) ?? true);
    }
    machine = new Machine(claim.name, options, loadAddon(), { console, serial });
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, quit);
    machine.events.subscribe(logEvent);
    machine.start();
    const control = serve(machine, claim);
    setTimeout(keepCompiledCode, SETTLED).unref();
    const status = await machine.finished;
    await (await control)?.close();
    return status;
  } finally {
    keepCompiledCode();
    await console.close();
    await serial?.close();
    claim.release();
  }
}

/** A machine that cannot be controlled still runs. */
async function serve(machine: Machine, claim: Claim): Promise<ControlServer | undefined> {
  try {
    return await startControlServer(machine, claim);
  } catch (error) {
    log.warn(`no control socket, so inject, events and status do not reach this machine: ${String(error)}`);
    return undefined;
  }
}

function logEvent(event: RasEvent): void {
  switch (event.kind) {
    case 'machine.warning':
      log.warn(event.message);
      return;
    case 'machine.halted':
      log.error('the guest stands still: rasvm registers shows where, rasvm stop ends it', fieldsOf(event));
      return;
    case 'machine.stopped':
      if (event.status === 0) log.info(event.reason);
      else log.error(event.reason);
      return;
    case 'unacknowledged':
    case 'unrecorded':
    case 'dropped':
    case 'left-out':
      log.warn(event.kind, fieldsOf(event));
      return;
    default:
      if (log.enabled('info')) log.info(event.kind, fieldsOf(event));
  }
}

function fieldsOf({ kind: _kind, seq: _seq, time: _time, ...fields }: RasEvent): LogFields {
  return fields;
}
