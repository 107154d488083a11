import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEPT_COUNT = 20;

/** What a process says, read so that it never waits for a reader; the last of it is kept for when it breaks down. */
export class LastLines {
  readonly #kept: string[] = [];
  #errorCount = 0;

  /** How many lines were logged at the level error or above. */
  get errorCount(): number {
    return this.#errorCount;
  }

  get text(): string {
    return this.#kept.length === 0 ? '(nothing)' : this.#kept.join('\n');
  }

  follow(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      if (/^\{"level":"(?:error|fatal)"/.test(line)) this.#errorCount += 1;
      this.#kept.push(line);
      if (this.#kept.length > KEPT_COUNT) this.#kept.shift();
    });
  }
}
