/** For the commands that speak to a running machine: its connection, opened and closed around what they do. */

import type { ControlClient } from '../../control/client.ts';
import { findMachine, type RunningMachine } from '../../control/names.ts';

/** Throws NO_SUCH_MACHINE, and what the machine answers. */
export async function withMachine<T>(
  name: string,
  act: (client: ControlClient, machine: RunningMachine) => Promise<T>,
): Promise<T> {
  // Before gRPC is loaded: a wrong name is told at once.
  const machine = findMachine(name);
  const { connect } = await import('../../control/client.ts');
  const client = connect(machine);
  try {
    return await act(client, machine);
  } finally {
    client.close();
  }
}
