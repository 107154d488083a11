import { sql } from 'kysely';
import type { Tables } from '../database/connect.js';
import { SHARD_COUNT } from '../entities/shard.js';

/** The shards that a server leads, each with the epoch in which it does. */
export type LedShards = ReadonlyMap<number, number>;

/** Milliseconds since the epoch by the clock of the database: leases go by it alone, whatever the servers' own clocks say. */
const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * What servers of one PostgreSQL database agree on: who lives, and who leads which shard. A server has one lease for all
 * that it leads. All statements are short, and none waits for a row that another server holds.
 */
export class Leases {
  readonly #db: () => Tables;
  readonly #serverId: string;
  readonly #leaseMs: number;

  constructor(db: () => Tables, serverId: string, leaseMs: number) {
    this.#db = db;
    this.#serverId = serverId;
    this.#leaseMs = leaseMs;
  }

  /** Says that this server lives, for the time of a lease from now on, and answers with what it leads. */
  async renew(): Promise<LedShards> {
    await sql`
      insert into server_leases (server_id, ends_at) values (${this.#serverId}, ${databaseNow} + ${this.#leaseMs})
      on conflict (server_id) do update set ends_at = excluded.ends_at`.execute(this.#db());
    const rows = await this.#db().selectFrom('shards').where('leader_id', '=', this.#serverId).select(['number', 'epoch']).execute();
    return new Map(rows.map(({ number, epoch }) => [number, epoch]));
  }

  /** How many servers live that dispatch. */
  async countLiving(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from server_leases where ends_at > ${databaseNow}`.execute(this.#db());
    return rows[0]!.count;
  }

  /** How many shards this server should lead, so that all that live lead as many, give or take one. */
  async readShare(): Promise<number> {
    const rows = await this.#db()
      .selectFrom('server_leases')
      .where('ends_at', '>', databaseNow)
      .orderBy('server_id')
      .select('server_id')
      .execute();
    const rank = rows.findIndex((row) => row.server_id === this.#serverId);
    return rank === -1 ? 0 : Math.floor(SHARD_COUNT / rows.length) + (rank < SHARD_COUNT % rows.length ? 1 : 0);
  }

  /**
   * Takes up to `limit` shards that nobody leads, or whose leader's lease has run out, each in a new epoch. The lease of such a
   * leader goes with the last of its shards; one that only slept is held up here until that is decided.
   */
  async take(limit: number): Promise<LedShards> {
    return this.#db()
      .transaction()
      .execute(async (tx) => {
        const { rows: ended } = await sql<{ server_id: string }>`
          select server_id from server_leases where ends_at <= ${databaseNow} for update skip locked`.execute(tx);
        const endedIds = ended.map((row) => row.server_id);
        const { rows: taken } = await sql<{ number: number; epoch: number }>`
          update shards set leader_id = ${this.#serverId}, epoch = epoch + 1
          where number in (
            select number from shards where leader_id is null or leader_id = any(${endedIds}::uuid[])
            order by number limit ${limit} for update skip locked
          )
          returning number, epoch`.execute(tx);
        await sql`
          delete from server_leases where server_id = any(${endedIds}::uuid[])
            and not exists (select 1 from shards where leader_id = server_id)`.execute(tx);
        return new Map(taken.map(({ number, epoch }) => [number, epoch]));
      });
  }

  /** Lets other servers have shards that this one leads. */
  async release(shards: LedShards): Promise<void> {
    await this.#db()
      .updateTable('shards')
      .set({ leader_id: null })
      .where('number', 'in', [...shards.keys()])
      .where('leader_id', '=', this.#serverId)
      .execute();
  }

  /** Ends the lease and lets others have all that this server still leads. */
  async leave(): Promise<void> {
    await this.#db()
      .transaction()
      .execute(async (tx) => {
        await tx.updateTable('shards').set({ leader_id: null }).where('leader_id', '=', this.#serverId).execute();
        await tx.deleteFrom('server_leases').where('server_id', '=', this.#serverId).execute();
      });
  }
}
