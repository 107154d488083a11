import type { StoredDeliveries } from '../figures/ledger.js';

/** A database for one server, empty at first and removed at the end of the scope. */
export interface BenchDatabase extends Disposable {
  /** As it is called in results. */
  name: string;
  /** The server's settings that lead it here. */
  settings: Readonly<Record<string, string>>;
  /** Counts the deliveries by hook and state, past the server. To be asked when the server has ended. */
  countDeliveries(): Promise<StoredDeliveries[]>;
}
