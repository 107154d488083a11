import type { Caller } from '../../api-keys/caller.js';
import { ChurnMap } from '../../churn-map.js';
import { OverloadedError } from '../../errors.js';
import type { Refusals } from './refusals.js';

/** How soon it may be tried again, in milliseconds: what is under way takes less. */
const RETRY_AFTER_MS = 1000;

/** Which part of the whole the requests of one key may have. */
const SHARE_OF_A_KEY = 1 / 4;

/** What the body of one request has taken so far. */
export interface BodyAccount {
  /** Counts bytes that came, or says why no more are taken. */
  add(bytes: number): OverloadedError | undefined;
  /** Gives back all of it. */
  release(): void;
}

/**
 * Counts the bytes of bodies that came and are not answered yet; what a header claims counts for nothing. A body that is the only one, of its key or in
 * all, is let in whatever the limit.
 */
export class BodyMemory {
  readonly #limitBytes: number;
  readonly #refusals: Refusals;
  readonly #ofKeys = new ChurnMap<string | null, number>();
  #bytes = 0;

  constructor(limitBytes: number, refusals: Refusals) {
    this.#limitBytes = limitBytes;
    this.#refusals = refusals;
  }

  open({ id }: Pick<Caller, 'id'>): BodyAccount {
    let own = 0;
    return {
      add: (bytes) => {
        const refusal = this.#refusalOf(id, own, bytes);
        if (refusal !== undefined) return refusal;
        own += bytes;
        this.#count(id, bytes);
        return undefined;
      },
      release: () => {
        if (own > 0) this.#count(id, -own);
        own = 0;
      },
    };
  }

  #refusalOf(id: string | null, own: number, bytes: number): OverloadedError | undefined {
    const limit = this.#limitBytes;
    if (this.#bytes > own && this.#bytes + bytes > limit) {
      this.#refusals.note('BODIES');
      return overloaded(`The requests under way have ${inMib(this.#bytes)} of bodies: expected at most ${inMib(limit)}`);
    }
    const ofKey = this.#ofKeys.get(id) ?? 0;
    // Nobody else could mend what the admin could not.
    if (id === null || ofKey <= own || ofKey + bytes <= limit * SHARE_OF_A_KEY) return undefined;
    const share = inMib(limit * SHARE_OF_A_KEY);
    return overloaded(`The requests of this key that are under way have ${inMib(ofKey)} of bodies: expected at most ${share}`);
  }

  #count(id: string | null, bytes: number): void {
    this.#bytes += bytes;
    const left = (this.#ofKeys.get(id) ?? 0) + bytes;
    if (left > 0) this.#ofKeys.set(id, left);
    else this.#ofKeys.delete(id);
  }
}

function inMib(bytes: number): string {
  return `${Math.ceil((bytes / 1024 / 1024) * 10) / 10} MiB`;
}

function overloaded(reason: string): OverloadedError {
  return new OverloadedError(`${reason}. Nothing was changed; try again.`, RETRY_AFTER_MS);
}
