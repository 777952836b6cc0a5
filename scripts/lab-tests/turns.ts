/** Several say things to one stream without mixing: one is heard as it speaks, the others when its word has ended. */

export interface Voice {
  write(text: string | Uint8Array): void;
  end(): void;
}

interface Speaker {
  readonly kept: (string | Uint8Array)[];
  hasEnded: boolean;
}

export class Turns {
  readonly #write: (text: string | Uint8Array) => void;
  /** The first is heard. */
  readonly #speakers: Speaker[] = [];

  constructor(write: (text: string | Uint8Array) => void) {
    this.#write = write;
  }

  voice(): Voice {
    const speaker: Speaker = { kept: [], hasEnded: false };
    this.#speakers.push(speaker);
    return {
      write: (text) => {
        if (speaker === this.#speakers[0]) this.#write(text);
        else speaker.kept.push(text);
      },
      end: () => {
        speaker.hasEnded = true;
        this.#goOn();
      },
    };
  }

  /** All that is kept, when nobody is to speak any more. */
  flush(): void {
    for (const { kept } of this.#speakers.splice(0)) for (const text of kept) this.#write(text);
  }

  #goOn(): void {
    while (this.#speakers[0]?.hasEnded) {
      this.#speakers.shift();
      for (const text of this.#speakers[0]?.kept.splice(0) ?? []) this.#write(text);
    }
  }
}
