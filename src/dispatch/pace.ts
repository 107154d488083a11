import type { RateLimit } from '../entities/rate-limit.js';
import type { Verdict } from '../send/outcome.js';
import { Circuit } from './circuit.js';
import { Rate } from './rate.js';

/** What receivers answer when there is too much for them (Standard Webhooks). */
const overloadStatuses = new Set([429, 502, 503, 504]);

/** For how long a 429 stops a hook where it does not say, and how long at most, in milliseconds. */
const SLOWING_MS = 1000;
const LONGEST_SLOWING_MS = 60_000;

/** What an attempt came to, as far as the pace is concerned. */
export interface EndedAttempt {
  outcome: Verdict;
  startedAt: number;
  /** The wait that the receiver asked for, in milliseconds; null where it asked for none. */
  askedWaitMs: number | null;
}

/**
 * How fast a hook may be served. Its window says how many attempts may be under way at once: it is as wide as the hook's
 * limit until the receiver has too much (halved each time it says so) or says nothing (one, while its circuit is open),
 * and then grows by one with each success.
 */
export class Pace {
  readonly #circuit = new Circuit();
  readonly #rate = new Rate();
  #limit = 1;
  /** How wide the window has grown again; infinite where nothing narrows it. */
  #grown = Infinity;
  #pausedUntil = -Infinity;
  /** How long that pause was when it began. */
  #pauseMs = 0;
  /** Whether the last attempt was answered, so that this hook is likely to give back soon what it takes. */
  isProven = false;

  /** Takes over the hook's settings. */
  set(limit: number, rateLimit: RateLimit | null): void {
    this.#limit = limit;
    this.#rate.limit = rateLimit;
  }

  /** Another server has served the hook until this instant, and where it has a rate, that holds over both. */
  takeOver(instant: number, rateLimit: RateLimit | null): void {
    if (rateLimit !== null) this.#rate.waitSince(instant);
  }

  /** How many attempts may be under way at once. */
  get window(): number {
    return this.#circuit.isOpen ? 1 : Math.min(this.#grown, this.#limit);
  }

  /** Whether one attempt at a time probes a receiver that has fallen silent. */
  get isProbing(): boolean {
    return this.#circuit.isOpen;
  }

  /** From when on another attempt may start, in milliseconds since the epoch; in the past where it may at once. */
  opensAt(now: number): number {
    return Math.max(this.#pauseEndsAt(now), this.#rate.opensAt(now));
  }

  started(now: number): void {
    this.#rate.started(now);
  }

  /** Starts nothing for so long. */
  rest(ms: number, now: number): void {
    this.#pauseUntil(Math.max(this.#pauseEndsAt(now), now + ms), now);
  }

  /** Begins again with one at a time, as after a time in which much has gathered. */
  startSlowly(): void {
    this.#grown = 1;
  }

  /** Learns from an attempt. Says what became of the circuit, where something did. */
  ended({ outcome, startedAt, askedWaitMs }: EndedAttempt, now: number): 'OPENED' | 'CLOSED' | null {
    if (outcome.kind === 'ADDRESS_REFUSED') return null;
    this.isProven = outcome.kind === 'RESPONSE_RECEIVED';
    if (outcome.kind !== 'RESPONSE_RECEIVED') {
      const wasOpen = this.#circuit.isOpen;
      const pauseMs = this.#circuit.silent(startedAt, now);
      if (pauseMs === undefined) return null;
      const notBefore = outcome.kind === 'AUTHENTICATION_FAILED' ? (outcome.notBefore ?? 0) : 0;
      this.#pauseUntil(Math.max(now + pauseMs, notBefore), now);
      this.#grown = 1;
      return wasOpen ? null : 'OPENED';
    }

    const closed = this.#circuit.answered();
    if (outcome.status >= 200 && outcome.status < 300) this.#grown = this.#grown + 1 < this.#limit ? this.#grown + 1 : Infinity;
    if (overloadStatuses.has(outcome.status)) this.#slow(outcome.status, askedWaitMs, now);
    return closed ? 'CLOSED' : null;
  }

  #slow(status: number, askedWaitMs: number | null, now: number): void {
    this.#grown = Math.max(1, Math.floor(this.window / 2));
    const waitMs = askedWaitMs ?? (status === 429 ? SLOWING_MS : 0);
    this.rest(Math.min(waitMs, LONGEST_SLOWING_MS), now);
  }

  #pauseUntil(instant: number, now: number): void {
    this.#pausedUntil = instant;
    this.#pauseMs = instant - now;
  }

  /** After a clock was set back, a pause is as long as it was meant to be, from the moment that it is noticed. */
  #pauseEndsAt(now: number): number {
    this.#pausedUntil = Math.min(this.#pausedUntil, now + this.#pauseMs);
    return this.#pausedUntil;
  }
}
