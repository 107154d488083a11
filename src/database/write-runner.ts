import type { Piece } from './piece.js';
import { type Alone, WriteQueue } from './write-queue.js';

/**
 * How many turns of the event loop a transaction waits for more, one after the other. They take nothing where there is nothing
 * else to do, and milliseconds where there are many callers, whose writes then share one commit instead of two.
 */
const GATHERING_TURNS = 4;

/** Transactions one after the other, of what waits. */
export class WriteRunner {
  readonly #queue = new WriteQueue();
  readonly #write: (pieces: readonly Piece[]) => Promise<unknown>;
  readonly #rest: (() => Promise<void>) | undefined;
  #running: Promise<void> | undefined;

  /**
   * `write` writes pieces together. It says to their callers what became of them and never throws. `rest`, which never throws either, is
   * called each time that all is written; what is asked for meanwhile waits for it.
   */
  constructor(write: (pieces: readonly Piece[]) => Promise<unknown>, rest?: () => Promise<void>) {
    this.#write = write;
    this.#rest = rest;
  }

  /** How many transactions of their own wait. */
  get aloneCount(): number {
    return this.#queue.aloneCount;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** As the queue's; answers with what is to be called when something waits in the lane. */
  addLane(takePiece: () => Piece | undefined): () => void {
    this.#queue.addLane(takePiece);
    return () => this.#start();
  }

  addAlone(alone: Alone): void {
    this.#queue.addAlone(alone);
    this.#start();
  }

  /** Answers when nothing waits. */
  async settle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    let hasWritten = false;
    for (;;) {
      // Gathers what the sockets hold by now, and what comes of it, into the same transaction.
      for (let turn = 0; turn < GATHERING_TURNS; turn += 1) await new Promise(setImmediate);
      const next = this.#queue.take();
      if (next === undefined && hasWritten && this.#rest !== undefined) {
        hasWritten = false;
        await this.#rest();
        continue;
      }
      if (next === undefined) {
        // In the same step as the look: a write that is asked for from now on starts a new run.
        this.#running = undefined;
        return;
      }
      hasWritten = true;
      if (typeof next === 'function') await next();
      else await this.#write(next);
    }
  }
}
