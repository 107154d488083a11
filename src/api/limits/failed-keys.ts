import { hash } from 'node:crypto';
import { BoundedCache } from '../../bounded-cache.js';
import type { Clock } from '../../clock.js';
import { CallerError } from '../../errors.js';
import type { Log } from '../../log.js';
import { parseIpAddress } from '../../send/ip-address.js';

/** How many wrong keys may come from one address before it is slowed down. */
const BURST = 20;

/** How often one more may come after that, in milliseconds. */
const REFILL_MS = 1000;

/** Of how many addresses it is remembered; the least recently seen go first, and begin anew. */
const ADDRESS_LIMIT = 10_000;

/** Of how many addresses it is remembered that the admin called from there. */
const ADMIN_ADDRESS_LIMIT = 100;

/** How often it is logged that an address goes on, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;

interface Address {
  /** How many wrong keys may come yet, and when that was so. */
  left: number;
  at: number;
  /** Since the last line of the log. */
  failureCount: number;
  loggedAt: number;
}

export interface FailedKeysOptions {
  clock: Clock;
  log: Log;
  /** Whether an address is a trusted proxy's: what comes from it comes from many. */
  isTrustedProxy: (address: string) => boolean;
  /** Whether an API key or a stream token was seen here before. */
  hasSeen: (authorization: string) => boolean;
}

/**
 * Slows down whoever tries keys: an address that has sent 20 wrong ones may send one a second, and what it sends beyond that is refused before its key is
 * looked at. Keys that are known by then still work, so that a neighbour behind the same address is not locked out.
 */
export class FailedKeys {
  readonly #options: FailedKeysOptions;
  readonly #addresses = new BoundedCache<string, Address>(ADDRESS_LIMIT);
  /** The hash of the admin's key, by where it came from. */
  readonly #admins = new BoundedCache<string, string>(ADMIN_ADDRESS_LIMIT);
  #lastAdminAddress: string | undefined;

  constructor(options: FailedKeysOptions) {
    this.#options = options;
  }

  /** Why a key from this address is not looked at now: a RATE_LIMITED error that says when it will be. */
  refusalOf(address: string | null, authorization: string): CallerError | undefined {
    if (address === null || this.#addresses.size === 0) return undefined;
    const network = networkOf(address);
    const entry = this.#addresses.get(network);
    if (entry === undefined) return undefined;
    this.#refill(entry);
    if (entry.left >= 1 || this.#options.hasSeen(authorization) || this.#admins.get(network) === hashOf(authorization)) return undefined;
    entry.failureCount += 1;
    const retryAfterMs = Math.ceil((1 - entry.left) * REFILL_MS);
    return new CallerError('RATE_LIMITED', `Too many wrong keys came from ${address}: expected at most one a second after ${BURST}.`, {
      retryAfterMs,
    });
  }

  /** To be told of each key that was refused. */
  failed(address: string | null): void {
    const { clock, log, isTrustedProxy } = this.#options;
    if (address === null || isTrustedProxy(address)) return;
    const now = clock.elapsed();
    const entry = this.#addresses.getOrMake(networkOf(address), () => ({
      left: BURST,
      at: now,
      failureCount: 0,
      loggedAt: -Infinity,
    }));
    this.#refill(entry);
    entry.left = Math.max(entry.left - 1, 0);
    entry.failureCount += 1;
    if (entry.left >= 1 || now - entry.loggedAt < LOG_INTERVAL_MS) return;
    log.warn({ address, failureCount: entry.failureCount }, 'keys.refused');
    entry.loggedAt = now;
    entry.failureCount = 0;
  }

  /** To be told of each call of the admin. */
  calledByAdmin(address: string | null, authorization: string): void {
    if (address === null || address === this.#lastAdminAddress) return;
    this.#lastAdminAddress = address;
    this.#admins.set(networkOf(address), hashOf(authorization));
  }

  #refill(address: Address): void {
    const now = this.#options.clock.elapsed();
    address.left = Math.min(address.left + (now - address.at) / REFILL_MS, BURST);
    address.at = now;
  }
}

function hashOf(authorization: string): string {
  return hash('sha256', authorization, 'base64');
}

/** Whoever has one IPv6 address mostly has a network of 64 bits of them. */
function networkOf(address: string): string {
  const parsed = parseIpAddress(address);
  return parsed?.family === 6 ? `${parsed.value >> 64n}/64` : address;
}
