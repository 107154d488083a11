import { KnownKeys } from '../api-keys/known-keys.js';
import { LastUses } from '../api-keys/last-uses.js';
import type { Clock } from '../clock.js';
import type { Writes } from '../database/writes.js';
import type { Log } from '../log.js';
import { type Identify, identifyBy } from './identify.js';
import { FailedKeys } from './limits/failed-keys.js';
import type { TrustedProxies } from './trusted-proxies.js';

export interface IdentifyingOptions {
  db: ConstructorParameters<typeof KnownKeys>[0]['db'];
  writes: Writes;
  clock: Clock;
  log: Log;
  proxies: TrustedProxies;
  adminApiKey: string | null;
}

/** What tells callers apart: the keys that are known, when they were used, and from where wrong ones come. */
export interface Identifying {
  keys: KnownKeys;
  keyUses: LastUses;
  identify: Identify;
}

/** Puts together what a call is identified by, over HTTP and WebSocket alike. */
export function startIdentifying({ db, writes, clock, log, proxies, adminApiKey }: IdentifyingOptions): Identifying {
  const keys = new KnownKeys({ db, clock, adminApiKey });
  const keyUses = new LastUses({ writes, clock, log });
  const failedKeys = new FailedKeys({
    clock,
    log,
    isTrustedProxy: (address) => proxies.includes(address),
    hasSeen: (key) => keys.hasSeen(key),
  });
  return { keys, keyUses, identify: identifyBy({ keys, uses: keyUses, failedKeys }) };
}
