/** How long work is shown: a bar on a terminal, a line a step elsewhere. Both on standard error. */

import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** Starts a step; `total` counts what {@link advance} counts (bytes, or 1); left out where that is not known. */
  step(title: string, total?: number): void;
  advance(by: number): void;
  /** What the user should know beside the steps. */
  note(message: string): void;
  end(): void;
}

export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

export const silentProgress: Progress = { step() {}, advance() {}, note() {}, end() {} };

function lines(stream: NodeJS.WritableStream): Progress {
  return {
    step: (title) => stream.write(`${title}\n`),
    advance: () => {},
    note: (message) => stream.write(`${message}\n`),
    end: () => {},
  };
}

function bar(stream: NodeJS.WriteStream): Progress {
  let current: SingleBar | undefined;
  const end = () => {
    current?.stop();
    current = undefined;
  };
  return {
    step(title, total) {
      end();
      const bar = total === undefined ? '' : '{bar} {percentage}%  ';
      current = new SingleBar(
        {
          format: `${bar}${title}`,
          stream,
          hideCursor: true,
          clearOnComplete: true,
          barsize: 24,
        },
        Presets.shades_classic,
      );
      current.start(total ?? 1, 0);
    },
    advance: (by) => current?.increment(by),
    note(message) {
      end();
      stream.write(`${message}\n`);
    },
    end,
  };
}
