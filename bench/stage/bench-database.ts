import type { StoredDeliveries } from '../figures/ledger.js';

/** A database, empty at first and removed at the end of the scope. */
export interface BenchDatabase extends AsyncDisposable {
  /** As it is called in results. */
  name: string;
  /** The settings that lead a server here. */
  settings: Readonly<Record<string, string>>;
  /** What serves it to several servers; null on SQLite, which works within the one server. */
  host: DatabaseHost | null;
  /** Counts the deliveries by hook and state, past the servers. */
  countDeliveries(): Promise<StoredDeliveries[]>;
  readSize(): Promise<DatabaseSize>;
}

export interface DatabaseSize {
  /** Tables and indexes. */
  tableBytes: number;
  /** What has been written into the log of changes since the database is there; null where there is no telling. */
  logBytes: number | null;
}

/** PostgreSQL, as far as it is one for all servers. */
export interface DatabaseHost {
  /** The first of its processes, of which the others are children. */
  pid: number;
  /** How many connections others have to this database. */
  countConnections(): Promise<number>;
  /** The ids of the servers that live. */
  readServerIds(): Promise<string[]>;
  /** The id of the server that leads each shard, by the shard's number; null where none does. */
  readLeaders(): Promise<Array<string | null>>;
}
