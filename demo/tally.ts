import { wordsFor } from './attempt-line.js';
import type { DeliveryStatus, SeenAttempt, SeenResult } from './notices.js';

/** What is known of one event's delivery. */
interface Progress {
  type: string;
  result: DeliveryStatus | null;
  attemptCount: number;
  lastWords: string;
  nextAttemptAt: string | null;
}

/** Counts what the stream tells, delivery by delivery; a notice may come before its publish is answered. */
export class Tally {
  readonly #known = new Map<string, Progress>();
  readonly #owed: Progress[] = [];

  /** Notes that an event was published which one hook waits for. */
  owe(eventId: string, type: string): void {
    this.#owed.push(this.#progressOf({ id: eventId, type }));
  }

  noteAttempt(attempt: SeenAttempt): void {
    const progress = this.#progressOf(attempt.delivery.event);
    progress.attemptCount += 1;
    progress.lastWords = wordsFor(attempt);
    progress.nextAttemptAt = attempt.delivery.nextAttemptAt;
  }

  noteResult({ event, status }: SeenResult): void {
    this.#progressOf(event).result = status;
  }

  get attemptCount(): number {
    return this.#owed.reduce((count, { attemptCount }) => count + attemptCount, 0);
  }

  get deliveredCount(): number {
    return this.#owed.filter(({ result }) => result === 'SUCCEEDED').length;
  }

  /** Whether nothing more is to come. */
  get isFinal(): boolean {
    return this.#owed.every(({ result }) => result !== null);
  }

  /** Those that are not delivered, each with why, as far as it is known. */
  get missing(): string[] {
    return this.#owed
      .filter(({ result }) => result !== 'SUCCEEDED')
      .map(({ type, attemptCount, lastWords }) =>
        attemptCount === 0 ? `${type}: no attempt yet` : `${type}: ${counted(attemptCount, 'attempt')}, the last: ${lastWords}`,
      );
  }

  /** What is being waited for, in one short line. */
  waitingFor(nowMs: number): string {
    const open = this.#owed.filter(({ result }) => result === null);
    const whom = open.map(({ type, nextAttemptAt }) => {
      const waitMs = nextAttemptAt === null ? 0 : Date.parse(nextAttemptAt) - nowMs;
      return waitMs > 0 ? `${type} (again in ${(waitMs / 1000).toFixed(1)} s)` : type;
    });
    return `${this.deliveredCount} of ${this.#owed.length} delivered, waiting for ${whom.slice(0, 2).join(', ')}${whom.length > 2 ? ' …' : ''}`;
  }

  #progressOf({ id, type }: { id: string; type: string }): Progress {
    let progress = this.#known.get(id);
    if (progress === undefined) {
      progress = { type, result: null, attemptCount: 0, lastWords: '', nextAttemptAt: null };
      this.#known.set(id, progress);
    }
    return progress;
  }
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
