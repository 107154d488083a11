import type { StoredDeliveries } from '../figures/ledger.js';

/** A database, empty at first and removed at the end of the scope. */
export interface BenchDatabase extends AsyncDisposable {
  /** As it is called in results. */
  name: string;
  /** The settings that lead a server here. */
  settings: Readonly<Record<string, string>>;
  /** Counts the deliveries by hook and state, past the servers. To be asked when they have ended. */
  countDeliveries(): Promise<StoredDeliveries[]>;
}
