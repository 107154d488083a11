import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.js';
import { FailureLog } from '../failure-log.js';
import type { Log } from '../log.js';
import type { TrustedProxies } from './trusted-proxies.js';
import type { UpgradeFault, UpgradeRefusal } from './upgrade-refusals.js';

/** The longest piece of a header that a log line repeats, in characters. */
const LONGEST_FIELD = 200;

export interface UpgradeLogOptions {
  log: Log;
  clock: Clock;
  proxies: TrustedProxies;
}

/**
 * Logs refused WebSockets. Anybody can cause one, and nobody may fill the disk with them: of those with the same fault the first has a
 * line, and the others are counted.
 */
export class UpgradeLog {
  readonly #options: UpgradeLogOptions;
  readonly #faults = new Map<UpgradeFault, FailureLog>();

  constructor(options: UpgradeLogOptions) {
    this.#options = options;
  }

  refused(request: IncomingMessage, { fault, status, message }: UpgradeRefusal): void {
    const { host, origin } = request.headers;
    // Without its query, where somebody may have put a key.
    const path = request.url?.split('?')[0];
    const [shortPath, shortHost, shortOrigin] = [path, host, origin].map((text) => text?.slice(0, LONGEST_FIELD));
    const address = this.#options.proxies.clientAddressOf(request);
    this.#failuresOf(fault).failed(message, { fault, status, address, path: shortPath, host: shortHost, origin: shortOrigin });
  }

  /** Counts no more. */
  close(): void {
    for (const failures of this.#faults.values()) failures.close();
  }

  #failuresOf(fault: UpgradeFault): FailureLog {
    let failures = this.#faults.get(fault);
    if (failures === undefined) {
      failures = new FailureLog({ ...this.#options, line: 'upgrade.refused' });
      this.#faults.set(fault, failures);
    }
    return failures;
  }
}
