/** What the tests need of node:test, for a browser: tests are kept, and {@link runAll} runs them. */

type Body = () => void | Promise<void>;

const tests: { name: string; body: Body }[] = [];

export function test(name: string, body: Body): void {
  tests.push({ name, body });
}

export interface Outcome {
  readonly name: string;
  /** '' of a test that passed. */
  readonly failure: string;
}

export async function runAll(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, body } of tests) {
    try {
      await body();
      outcomes.push({ name, failure: '' });
    } catch (error) {
      outcomes.push({ name, failure: error instanceof Error ? `${error.stack}` : String(error) });
    }
  }
  return outcomes;
}
