import { z } from 'zod';
import { verb } from './verb.ts';

export const reboot = verb({
  schema: z.null().describe('The guest reboots; goes on when it is up again'),
  async run(_, { guest, say }) {
    say('the guest reboots');
    const from = guest.console.mark;
    guest.send('reboot');
    await guest.readyAgain(from);
    say('the guest is up again');
  },
});

export const crash = verb({
  schema: z.null().describe('The guest is told to panic'),
  run(_, { guest, say, harmed }) {
    say('the guest is told to panic');
    harmed();
    guest.send('crash');
  },
});
