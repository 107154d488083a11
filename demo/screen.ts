import { styleText } from 'node:util';
import type { Clock } from '../src/clock.js';

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

export interface ScreenOptions {
  write: (text: string) => void;
  clock: Clock;
  /** Whether a line can be written over. */
  isTerminal: boolean;
  inColour: boolean;
}

/** Where nothing can be written over, a status is a line of its own, and one in this many milliseconds is enough. */
const STATUS_PAUSE_MS = 2000;

/** Lines that stay, and below them one that says what is being waited for. */
export class Screen {
  readonly #options: ScreenOptions;
  #hasStatus = false;
  #lastWordAt: number;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#lastWordAt = options.clock.now();
  }

  /** A text in a colour, where there are colours. */
  paint(colour: Colour, text: string): string {
    return this.#options.inColour ? styleText(colour, text, { validateStream: false }) : text;
  }

  /** Writes a line that stays. */
  line(text = ''): void {
    this.clearStatus();
    this.#options.write(`${text}\n`);
    this.#lastWordAt = this.#options.clock.now();
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  /** Says what is being waited for; each status takes the place of the one before. */
  status(text: string): void {
    if (this.#options.isTerminal) {
      this.clearStatus();
      this.#options.write(this.paint('dim', text));
      this.#hasStatus = true;
    } else if (this.#options.clock.now() - this.#lastWordAt >= STATUS_PAUSE_MS) {
      this.line(text);
    }
  }

  clearStatus(): void {
    if (this.#hasStatus) this.#options.write('\r\u001b[2K');
    this.#hasStatus = false;
  }
}
