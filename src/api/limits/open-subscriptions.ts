import type { Caller } from '../../api-keys/caller.js';
import { CallerError, OverloadedError } from '../../errors.js';
import { Counts } from './counts.js';

/** How many subscriptions one socket may have open: a dashboard has some ten, and a thousand are what a backend may have of them. */
const PER_SOCKET = 1000;

/** How soon it may be tried again where the server has as many as it takes, in milliseconds: they end when people leave. */
const RETRY_AFTER_MS = 5000;

export interface SubscriptionLimits {
  /** Of a key, with the tokens that were made with it. */
  perKey: number;
  /** Of the server. */
  inAll: number;
}

/** A socket's own count. */
export interface SubscriptionCount {
  subscriptionCount: number;
}

/** Counts the subscriptions that are open, by socket and by key. */
export class OpenSubscriptions {
  readonly #limits: SubscriptionLimits;
  readonly #ofKeys = new Counts();
  #count = 0;

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits;
  }

  /** Counts one more, or says why there may be none: the socket or the key has too many, or the server has. */
  take(socket: SubscriptionCount, caller: Caller): CallerError | OverloadedError | undefined {
    const { perKey, inAll } = this.#limits;
    if (socket.subscriptionCount >= PER_SOCKET) return tooMany('This connection', PER_SOCKET);
    if (this.#ofKeys.of(caller) >= perKey) return tooMany('This key', perKey);
    if (this.#count >= inAll)
      return new OverloadedError(`The server has ${inAll} subscriptions, and takes no more at the moment.`, RETRY_AFTER_MS);
    socket.subscriptionCount += 1;
    this.#count += 1;
    this.#ofKeys.add(caller);
    return undefined;
  }

  give(socket: SubscriptionCount, caller: Caller): void {
    socket.subscriptionCount -= 1;
    this.#count -= 1;
    this.#ofKeys.remove(caller);
  }
}

function tooMany(owner: string, most: number): CallerError {
  return new CallerError('TOO_MANY_SUBSCRIPTIONS', `${owner} has ${most} subscriptions open: expected at most so many.`);
}
