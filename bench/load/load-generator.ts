import type { ApiClient } from './api-client.js';
import { type BenchHook, EVENT_TYPE } from './make-hook.js';
import { payloadOf, PUBLISH_EVENT, PUBLISH_EVENTS } from './publish.js';

/** What one API call publishes at most. */
const BULK_SIZE = 1000;

/** How many calls of a bulk are under way at once: the server is busy with one while the next is on its way. */
const BULK_CALLS = 2;

/** Publishes numbered events and keeps the book of what was acknowledged. */
export class LoadGenerator {
  readonly #api: ApiClient;
  readonly #now: () => number;
  readonly #acknowledged = new Map<number, string>();
  readonly #underWay = new Set<Promise<void>>();
  #lastNumber = 0;
  #failedCount = 0;
  #firstFailure: string | undefined;

  constructor(api: ApiClient, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  /** The hook of each event whose publish was acknowledged, by the event's number. */
  get acknowledged(): ReadonlyMap<number, string> {
    return this.#acknowledged;
  }

  /** How many events were sent and not acknowledged: refused, or nobody knows. */
  get failedCount(): number {
    return this.#failedCount;
  }

  /** What the first of them came back with. */
  get firstFailure(): string | undefined {
    return this.#firstFailure;
  }

  /** Sends an event off and answers at once with its number. */
  publish(hook: BenchHook, dueAt: number): number {
    const number = this.#nextNumber();
    const input = { organizationId: hook.organizationId, type: EVENT_TYPE, payload: payloadOf(number, dueAt) };
    void this.#follow(hook, [number], this.#api.ask(PUBLISH_EVENT, { input }));
    return number;
  }

  /** Publishes many events to the hooks in turns as fast as the server takes them, due the moment they are sent; `onProgress` hears how many are acknowledged. */
  async publishMany(hooks: readonly BenchHook[], count: number, onProgress: (publishedCount: number) => void): Promise<void> {
    // No larger than that each hook gets its share.
    const callSize = Math.min(BULK_SIZE, Math.ceil(count / hooks.length));
    let leftCount = count;
    let publishedCount = 0;
    let callCount = 0;
    const callInTurn = async () => {
      while (leftCount > 0 && this.#failedCount === 0) {
        const hook = hooks[callCount % hooks.length]!;
        callCount += 1;
        const size = Math.min(callSize, leftCount);
        leftCount -= size;
        const numbers = Array.from({ length: size }, () => this.#nextNumber());
        const events = numbers.map((number) => ({ type: EVENT_TYPE, payload: payloadOf(number, this.#now()) }));
        const input = { organizationId: hook.organizationId, events };
        await this.#follow(hook, numbers, this.#api.ask(PUBLISH_EVENTS, { input }));
        publishedCount += size;
        onProgress(publishedCount);
      }
    };
    await Promise.all(Array.from({ length: BULK_CALLS }, callInTurn));
  }

  /** Waits until every publish has come back. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  #follow(hook: BenchHook, numbers: readonly number[], answer: Promise<unknown>): Promise<void> {
    const followed = answer
      .then(
        () => {
          for (const number of numbers) this.#acknowledged.set(number, hook.id);
        },
        (error: unknown) => {
          this.#failedCount += numbers.length;
          this.#firstFailure ??= String(error);
        },
      )
      .finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
    return followed;
  }
}
