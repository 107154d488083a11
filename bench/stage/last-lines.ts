import type { Readable } from 'node:stream';

const KEPT_COUNT = 20;

const LINE_END = 10;
const ERROR_STARTS = ['{"level":"error"', '{"level":"fatal"'].map((text) => Buffer.from(text));

/**
 * What a process says, read so that it never waits for a reader; the last of it is kept for when it breaks down. A server
 * under load says thousands of lines a second, so they are looked through as bytes and not taken apart.
 */
export class LastLines {
  readonly #awaited = new Set<{ words: Buffer; resolve: () => void }>();
  #kept: Buffer = Buffer.alloc(0);
  #errorCount = 0;

  /** How many lines were logged at the level error or above. */
  get errorCount(): number {
    return this.#errorCount;
  }

  get text(): string {
    return this.#kept.length === 0 ? '(nothing)' : this.#kept.toString('utf8').trimEnd();
  }

  /** Waits for a line that has these words, or for one that was said a moment ago. */
  async says(text: string): Promise<void> {
    const words = Buffer.from(text);
    if (this.#kept.includes(words)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const awaited = { words, resolve };
    this.#awaited.add(awaited);
    await promise;
    this.#awaited.delete(awaited);
  }

  follow(stream: Readable): void {
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      const said = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const length = said.lastIndexOf(LINE_END) + 1;
      rest = said.subarray(length);
      if (length > 0) this.#note(said.subarray(0, length));
    });
    stream.on('end', () => {
      if (rest.length > 0) this.#note(Buffer.concat([rest, Buffer.of(LINE_END)]));
    });
  }

  #note(lines: Buffer): void {
    for (const start of ERROR_STARTS) this.#errorCount += countLinesWith(lines, start);
    for (const { words, resolve } of this.#awaited) if (lines.includes(words)) resolve();
    this.#kept = lastLinesOf(Buffer.concat([this.#kept, lines]));
  }
}

function countLinesWith(lines: Buffer, start: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(start); at !== -1; at = lines.indexOf(start, at + start.length)) {
    if (at === 0 || lines[at - 1] === LINE_END) count += 1;
  }
  return count;
}

function lastLinesOf(lines: Buffer): Buffer {
  let start = lines.length;
  for (let left = KEPT_COUNT; left > 0 && start > 0; left -= 1) start = start < 2 ? 0 : lines.lastIndexOf(LINE_END, start - 2) + 1;
  return lines.subarray(start);
}
