/** `rasvm events`. */

import { once } from 'node:events';
import { Command } from 'commander';
import { parseCount } from '../../core/quantity.ts';
import { eventJson, eventLine } from '../../observe/event-text.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

export function eventsCommand(): Command {
  const command = new Command('events')
    .description(
      "Prints a machine's events: time since its start, the error's id, what happened. Lines with the same id tell " +
        'one error from the signal to the acknowledgement.',
    )
    .argument('<name>', 'the machine')
    .option('--json', 'one JSON object a line; 64-bit register contents as 0x-hex strings')
    .option('--follow', 'go on with new events until the machine ends')
    .option('--since <SEQ>', 'only events after this sequence number', '0');
  return reaching(command, async (name: string, options: { json?: true; follow?: true; since: string }) => {
    const since = parseCount(options.since, '--since', 0, Number.MAX_SAFE_INTEGER);
    await withMachine(name, async (client) => {
      let last = since;
      for await (const event of client.events({ since, follow: options.follow ?? false })) {
        const lost = event.seq - last - 1;
        if (lost > 0 && !options.json) await print(`(${lost} earlier events are no longer kept)`);
        last = event.seq;
        await print(options.json ? eventJson(event) : eventLine(event));
      }
    });
  });
}

/** Waits for a slow reader, so that the stream does too. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}
