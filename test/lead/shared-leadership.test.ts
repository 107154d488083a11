import { describe, expect, it } from 'vitest';
import type { LeadershipListener } from '../../src/lead/leadership.js';
import { Leases } from '../../src/lead/leases.js';
import { LeadershipBoard } from '../../src/leadership-board.js';
import { SharedLeadership } from '../../src/lead/shared-leadership.js';
import { createLog } from '../../src/log.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { newId } from '../support/rows.js';

const LEASE_MS = 8000;
const INTERVAL_MS = 1000;

/** More than there are in any of these tests. */
const EPOCHS = Array.from({ length: 20 }, (_, epoch) => epoch);

/** A server as far as leading goes: what it is told, and attempts on the wire that the test ends. */
class TestServer implements LeadershipListener {
  readonly id = newId();
  readonly clock = new ManualClock();
  readonly led = new Set<number>();
  /** Shards that cannot be drained before the test says so. */
  readonly busy = new Map<number, PromiseWithResolvers<void>>();
  readonly drained = new Set<number>();
  readonly board = LeadershipBoard.make(128, this.clock);
  readonly leadership: SharedLeadership;
  isStarted = false;
  certainCount = 0;
  keptShards: number[] = [];
  tellOthers = () => {};

  constructor(database: TestDatabase) {
    this.leadership = new SharedLeadership({
      leases: new Leases(database.db, this.id, LEASE_MS),
      board: this.board,
      clock: this.clock,
      log: createLog('silent'),
      leaseMs: LEASE_MS,
      intervalMs: INTERVAL_MS,
      listener: () => this,
      tellOthers: () => this.tellOthers(),
    });
  }

  async start(): Promise<void> {
    await this.leadership.start();
    this.isStarted = true;
  }

  async taken(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.led.add(shard);
  }

  lost(shards: readonly number[]): void {
    for (const shard of shards) this.led.delete(shard);
  }

  async certain(): Promise<void> {
    this.certainCount += 1;
  }

  async drain(shard: number): Promise<void> {
    this.drained.add(shard);
    await this.busy.get(shard)?.promise;
  }

  keep(shard: number): void {
    this.keptShards.push(shard);
  }

  /** The shards that it would start something of now. Its board says the same of each, and of each epoch. */
  get leads(): number[] {
    return Array.from({ length: 128 }, (_, shard) => shard).filter((shard) => {
      const epoch = this.leadership.epochOfShard(shard);
      const held = EPOCHS.filter((one) => this.board.holds({ shard, epoch: one }));
      if (held.join() !== String(epoch ?? '')) throw new Error(`Led in ${epoch}, and the board holds ${held.join()}.`);
      return epoch !== null;
    });
  }
}

/** Servers on one database that hear each other at once. */
async function startTogether(count: number) {
  const database = await openTestDatabase();
  const servers = Array.from({ length: count }, () => new TestServer(database));
  for (const server of servers) {
    server.tellOthers = () => {
      for (const other of servers) if (other !== server && other.isStarted) other.leadership.wake();
    };
  }
  return {
    database,
    servers,
    /** Waits until each server would start something of so many shards, and knows it. */
    async spread(...counts: number[]): Promise<void> {
      while (!servers.every((server, index) => server.leads.length === counts[index] && server.led.size === counts[index])) {
        await new Promise(setImmediate);
      }
    },
    /** Waits until the servers lead so many by the table. */
    async led(...counts: number[]): Promise<void> {
      for (let isSo = false; !isSo;) {
        const rows = await database.db().selectFrom('shards').select('leader_id').execute();
        isSo = servers.every(({ id }, index) => rows.filter((row) => row.leader_id === id).length === counts[index]);
      }
    },
    async expire(server: TestServer): Promise<void> {
      await database.db().updateTable('server_leases').set({ ends_at: 0 }).where('server_id', '=', server.id).execute();
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) if (server.isStarted) await server.leadership.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('servers that lead together', () => {
  it('share all shards evenly as each of them starts', async () => {
    await using together = await startTogether(3);
    const [one, two, three] = together.servers;

    await one!.start();
    await together.spread(128, 0, 0);
    await two!.start();
    await together.spread(64, 64, 0);
    await three!.start();
    await together.spread(43, 43, 42);

    expect(new Set(together.servers.flatMap(({ leads }) => leads)).size).toBe(128);
  });

  it('share evenly what one leaves that stops', async () => {
    await using together = await startTogether(3);
    for (const server of together.servers) await server.start();
    await together.spread(43, 43, 42);

    await together.servers[0]!.leadership.drainAll();
    await together.servers[0]!.leadership.stop();

    await together.spread(0, 64, 64);
  });

  it('stop what one leads the moment it leaves, also while it looks at who lives', async () => {
    await using together = await startTogether(1);
    const [one] = together.servers;
    await one!.start();
    await together.spread(128);
    one!.leadership.wake();

    const drained = one!.leadership.drainAll();
    expect(one!.drained.size).toBe(128);

    await drained;
    await together.led(0);
  });

  it('give a shard away only once nothing of it is on the wire, and the others at once', async () => {
    await using together = await startTogether(2);
    const [one, two] = together.servers;
    for (let shard = 60; shard < 70; shard += 1) one!.busy.set(shard, Promise.withResolvers());
    await one!.start();
    await two!.start();

    await together.spread(70, 58);
    expect(one!.leads.filter((shard) => shard >= 64)).toEqual([64, 65, 66, 67, 68, 69]);
    for (const { resolve } of one!.busy.values()) resolve();

    await together.spread(64, 64);
  });
});

describe('a server that cannot say that it lives', () => {
  it('starts nothing from just before the end of its lease on, and goes on when it can again', async () => {
    await using together = await startTogether(1);
    const [server] = together.servers;
    await server!.start();
    const begun = server!.clock.now();

    // The looks that fall due on the way are asked for and not answered yet: all of this is one step.
    server!.clock.set(begun + LEASE_MS * 0.98 - 1);
    const before = server!.leads.length;
    server!.clock.set(begun + LEASE_MS * 0.98);
    const after = server!.leads.length;

    expect([before, after]).toEqual([128, 0]);
    expect(server!.led.size).toBe(128);
    await together.spread(128);
    expect(server!.certainCount).toBe(1);
  });

  it('starts nothing either when the time that has passed shows on one of its clocks alone', async () => {
    await using together = await startTogether(1);
    const [server] = together.servers;
    await server!.start();

    // Set back, the time of day tells of no time that has passed; the other clock does.
    server!.clock.set(server!.clock.now() - 3_600_000);
    expect(server!.leads).toHaveLength(128);
    server!.clock.advance(LEASE_MS);
    expect(server!.leads).toEqual([]);
  });

  it('learns that others have taken over, and leads its share again in new epochs', async () => {
    await using together = await startTogether(2);
    const [sleeper, other] = together.servers;
    await sleeper!.start();
    await together.expire(sleeper!);
    await other!.start();
    await together.spread(0, 128);

    // It lives, as the other sees when it looks next.
    other!.clock.advance(INTERVAL_MS);

    await together.spread(64, 64);
    expect(new Set([...sleeper!.leads, ...other!.leads]).size).toBe(128);
    expect(new Set(sleeper!.leads.map((shard) => sleeper!.leadership.epochOfShard(shard)))).toEqual(new Set([3]));
  });

  it('keeps a shard that it was about to give away when it has taken it again meanwhile', async () => {
    await using together = await startTogether(2);
    const [sleeper, other] = together.servers;
    const leaving = Array.from({ length: 64 }, (_, index) => 64 + index);
    for (const shard of leaving) sleeper!.busy.set(shard, Promise.withResolvers());
    await sleeper!.start();
    await other!.start();
    await together.spread(128, 0);
    // Only then is its look over, which renews its lease.
    while (sleeper!.drained.size < leaving.length) await new Promise(setImmediate);
    await together.expire(sleeper!);
    other!.clock.advance(INTERVAL_MS);
    await together.led(0, 128);
    sleeper!.clock.advance(INTERVAL_MS);
    await together.spread(0, 128);
    other!.clock.advance(INTERVAL_MS);
    await together.spread(64, 64);

    for (const { resolve } of sleeper!.busy.values()) resolve();
    sleeper!.busy.clear();
    await sleeper!.leadership.drainAll();

    const tookAgain = leaving.filter((shard) => !other!.led.has(shard) || sleeper!.keptShards.includes(shard));
    expect(sleeper!.keptShards.toSorted((a, b) => a - b)).toEqual(tookAgain);
    expect(tookAgain.length).toBeGreaterThan(0);
  });
});
