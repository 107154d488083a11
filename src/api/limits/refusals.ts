import type { Clock } from '../../clock.js';

/** What may be more than the server can hold. */
export type Overload = 'BODIES' | 'CONNECTIONS' | 'OPERATIONS';

/** How long a refusal is told of, in milliseconds: as long as a load balancer takes for two or three looks. */
const SHOWN_MS = 10_000;

/** Remembers what the server has refused lately because it was too much for it as a whole, for `/health`. */
export class Refusals {
  readonly #clock: Clock;
  readonly #lastAt = new Map<Overload, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(overload: Overload): void {
    this.#lastAt.set(overload, this.#clock.elapsed());
  }

  /** What was refused within the last ten seconds. */
  current(): Overload[] {
    const since = this.#clock.elapsed() - SHOWN_MS;
    return [...this.#lastAt].filter(([, at]) => at > since).map(([overload]) => overload);
  }
}
