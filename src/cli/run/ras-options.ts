/** The options of `rasvm run` and `rasvm doctor` that are about memory errors. */

import { RasvmError } from '../../core/errors.ts';
import { parseChoice } from '../../core/quantity.ts';
import type { RasOptions } from '../../machine/options.ts';
import type { AskedOfRas } from '../../machine/ras-mode.ts';
import { NO_RECORDS_POLICIES } from '../../ras/policy/no-records.ts';

export const RAS_OPTIONS = {
  ras: {
    value: 'auto|on|off[,PART=VALUE...]',
    description:
      'tell the guest of memory errors; parts: early=on|off (before it touches the page), notify=sea|serror (how, when it ' +
      'does), on-error=report|stop (stop: the machine ends)',
    default: 'auto',
  },
  acpi: { value: 'on|off', description: 'boot with ACPI tables, or by a device tree', default: 'on' },
  'no-acpi-policy': {
    value: 'sea|serror|stop|ignore',
    description: 'what a guest without records gets when it touches a lost page',
    default: 'sea',
  },
} as const;

type Values = Record<keyof typeof RAS_OPTIONS, string>;

/** Throws USAGE with the option's name and what is valid. */
export function parseAskedOfRas(values: Values): AskedOfRas {
  return {
    ras: parseRas(values.ras),
    acpi: parseChoice(values.acpi, '--acpi', ['on', 'off']) === 'on',
    noAcpiPolicy: parseChoice(values['no-acpi-policy'], '--no-acpi-policy', NO_RECORDS_POLICIES),
  };
}

const PARTS = {
  early: (options: RasOptions, value: string) => {
    options.early = parseChoice(value, '--ras early', ['on', 'off']) === 'on';
  },
  notify: (options: RasOptions, value: string) => {
    options.notify = parseChoice(value, '--ras notify', ['sea', 'serror']);
  },
  'on-error': (options: RasOptions, value: string) => {
    options.onError = parseChoice(value, '--ras on-error', ['report', 'stop']);
  },
} as const;

function parseRas(text: string): RasOptions {
  const [mode, ...settings] = text.split(',');
  const options: RasOptions = {
    mode: parseChoice(mode!, '--ras', ['auto', 'on', 'off']),
    early: true,
    notify: 'sea',
    onError: 'report',
  };
  for (const setting of settings) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    if (name === undefined || !Object.hasOwn(PARTS, name)) {
      throw new RasvmError(
        'USAGE',
        `--ras: '${setting}' is not a setting; valid are early=on|off, notify=sea|serror, on-error=report|stop`,
      );
    }
    PARTS[name as keyof typeof PARTS](options, value!);
  }
  return options;
}
