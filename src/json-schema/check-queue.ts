import type { Clock } from '../clock.js';
import { WAITING_LIMIT, WAITING_TIME_LIMIT_MS } from './limits.js';
import type { Answer, FromThread, NoAnswer, NumberedRequest, Request } from './messages.js';
import type { SchemaThread, StartSchemaThread } from './start-schema-thread.js';

export interface CheckQueueOptions {
  startThread: StartSchemaThread;
  clock: Clock;
  /** How long the thread may work on one request, in milliseconds. */
  timeLimitMs: number;
}

interface Waiting {
  readonly owner: string;
  readonly request: Request;
  readonly askedAt: number;
  readonly resolve: (answer: Answer | NoAnswer) => void;
}

/** How many requests the thread is given at once. */
const BATCH_LIMIT = 64;

/** How often it is looked at what the thread is at, within the time that a request may take. */
const LOOKS = 4;

const STOPPED: Answer = { kind: 'FAILED', message: 'The server stops.' };

/** Numbers of requests begin again after this one: they are 32-bit. */
const LAST_NUMBER = 2 ** 31 - 1;

/**
 * Requests to a thread. Owners take turns, request by request; what one takes longer than it may is given up, with the thread, which is
 * started anew for the rest. So a request waits for no more than one other of each owner.
 */
export class CheckQueue {
  readonly #options: CheckQueueOptions;
  /** By owner; the one whose turn is next is first. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** What the thread was given, in order. */
  #batch: Array<Waiting & NumberedRequest> = [];
  #thread: SchemaThread | undefined;
  #lastNumber = 0;
  #isClosed = false;
  /** The request that was seen running, and how often. */
  #seen = { number: 0, count: 0 };
  #callOff = () => {};

  constructor(options: CheckQueueOptions) {
    this.#options = options;
  }

  /** Asks for one request on behalf of an owner. */
  ask(owner: string, request: Request): Promise<Answer | NoAnswer> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve(STOPPED);
      const waiting = { owner, request, askedAt: this.#options.clock.elapsed(), resolve };
      const ofOwner = this.#waiting.get(owner);
      if (ofOwner === undefined) this.#waiting.set(owner, [waiting]);
      else if (ofOwner.length < WAITING_LIMIT) ofOwner.push(waiting);
      else return resolve({ kind: 'OVERLOADED' });
      // What is asked for in one step of the event loop goes over together.
      if (this.#batch.length === 0) queueMicrotask(() => this.#postNext());
    });
  }

  /** Takes out what waits of an owner; what the thread has been given stays. */
  withdraw(owner: string): void {
    const ofOwner = this.#waiting.get(owner) ?? [];
    this.#waiting.delete(owner);
    for (const { resolve } of ofOwner) resolve({ kind: 'WITHDRAWN' });
  }

  /** Ends the thread; what was asked for is answered as failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callOff();
    const thread = this.#thread;
    this.#thread = undefined;
    const unanswered = [...this.#batch, ...[...this.#waiting.values()].flat()];
    this.#batch = [];
    this.#waiting.clear();
    for (const { resolve } of unanswered) resolve(STOPPED);
    await thread?.terminate();
  }

  #postNext(): void {
    if (this.#batch.length > 0 || this.#isClosed) return;
    while (this.#batch.length < BATCH_LIMIT) {
      const next = this.#takeNext();
      if (next === undefined) break;
      this.#lastNumber = (this.#lastNumber % LAST_NUMBER) + 1;
      this.#batch.push({ ...next, number: this.#lastNumber });
    }
    if (this.#batch.length === 0) return;
    this.#thread ??= this.#start();
    this.#thread.post(this.#batch.map(({ number, request }) => ({ number, request })));
    this.#watch();
  }

  /** The first request of the owner whose turn it is, who goes to the end. */
  #takeNext(): Waiting | undefined {
    const oldest = this.#options.clock.elapsed() - WAITING_TIME_LIMIT_MS;
    for (const [owner, ofOwner] of this.#waiting) {
      this.#waiting.delete(owner);
      while (ofOwner[0] !== undefined && ofOwner[0].askedAt < oldest) ofOwner.shift()!.resolve({ kind: 'OVERLOADED' });
      const next = ofOwner.shift();
      if (ofOwner.length > 0) this.#waiting.set(owner, ofOwner);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #start(): SchemaThread {
    return this.#options.startThread({
      answered: (answers) => this.#answered(answers),
      ended: (error, isOutOfMemory) => this.#ended(isOutOfMemory ? { kind: 'TOO_COSTLY' } : { kind: 'FAILED', message: error.message }),
    });
  }

  #answered(answers: FromThread): void {
    this.#callOff();
    const batch = this.#batch;
    this.#batch = [];
    for (const [index, answer] of answers.entries()) batch[index]!.resolve(answer);
    this.#putBack(batch.slice(answers.length));
    this.#postNext();
  }

  /** Looks at what the thread is at, while it has something to do: until its first answer it may only be starting. */
  #watch(): void {
    this.#seen = { number: 0, count: 0 };
    const { clock, timeLimitMs } = this.#options;
    const look = () => {
      const number = this.#thread!.running();
      this.#seen = { number, count: number === this.#seen.number ? this.#seen.count + 1 : 0 };
      if (number !== 0 && this.#seen.count >= LOOKS) {
        void this.#thread!.terminate();
        this.#ended({ kind: 'TOO_COSTLY' });
      } else this.#callOff = clock.after(timeLimitMs / LOOKS, look);
    };
    this.#callOff = clock.after(timeLimitMs / LOOKS, look);
  }

  /** The thread is no more. The request that it was at is to blame; where there is none, it did not start, and all it was given is answered. */
  #ended(answer: Answer): void {
    this.#callOff();
    const number = this.#thread!.running();
    this.#thread = undefined;
    const batch = this.#batch;
    this.#batch = [];
    const isToBlame = (waiting: NumberedRequest) => number === 0 || waiting.number === number;
    for (const waiting of batch.filter(isToBlame)) waiting.resolve(answer);
    // What was done before it is done again: its answers are lost.
    this.#putBack(batch.filter((waiting) => !isToBlame(waiting)));
    this.#postNext();
  }

  #putBack(batch: readonly Waiting[]): void {
    for (const [owner, ofOwner] of Map.groupBy(batch, (waiting) => waiting.owner)) {
      this.#waiting.set(owner, [...ofOwner, ...(this.#waiting.get(owner) ?? [])]);
    }
  }
}
