import { describe, expect, it } from 'vitest';
import { Leases } from '../../src/lead/leases.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { newId } from '../support/rows.js';

/** Long enough for no test to see its end. */
const LEASE_MS = 600_000;

interface Servers extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly ids: readonly string[];
  readonly leases: readonly Leases[];
  /** Lets a server's lease run out: its end is moved, as the time of the database can't be. */
  expire(index: number): Promise<void>;
  /** How many shards each of the servers leads by the table. */
  led(): Promise<number[]>;
}

/** Servers in the order of their ids, all with a lease. */
async function startServers(count: number): Promise<Servers> {
  const database = await openTestDatabase();
  const ids = Array.from({ length: count }, () => newId());
  const leases = ids.map((id) => new Leases(database.db, id, LEASE_MS));
  for (const one of leases) await one.renew();
  return {
    database,
    ids,
    leases,
    async expire(index) {
      await database.db().updateTable('server_leases').set({ ends_at: 0 }).where('server_id', '=', ids[index]!).execute();
    },
    async led() {
      const rows = await database.db().selectFrom('shards').select('leader_id').execute();
      return ids.map((id) => rows.filter((row) => row.leader_id === id).length);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe('the share of a server', () => {
  it.each([
    { count: 1, shares: [128] },
    { count: 2, shares: [64, 64] },
    { count: 3, shares: [43, 43, 42] },
    { count: 5, shares: [26, 26, 26, 25, 25] },
  ])('is as large as that of each of $count, give or take one, and all is shared out', async ({ count, shares }) => {
    await using servers = await startServers(count);

    expect(await Promise.all(servers.leases.map((one) => one.readShare()))).toEqual(shares);
  });

  it('of more servers than there are shards is one or none', async () => {
    await using servers = await startServers(1);
    const others = Array.from({ length: 129 }, () => new Leases(servers.database.db, newId(), LEASE_MS));
    for (const other of others) await other.renew();

    const shares = await Promise.all([...servers.leases, ...others].map((one) => one.readShare()));

    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(128);
    expect(new Set(shares)).toEqual(new Set([0, 1]));
  });

  it('counts nobody whose lease has run out', async () => {
    await using servers = await startServers(2);
    await servers.expire(1);

    expect(await servers.leases[0]!.readShare()).toBe(128);
    expect(await servers.leases[1]!.readShare()).toBe(0);
  });
});

describe('taking shards', () => {
  it('gives what nobody leads, up to the limit, each in a new epoch', async () => {
    await using servers = await startServers(2);
    const [one, other] = servers.leases;

    const taken = await one!.take(100);
    const rest = await other!.take(100);

    expect(taken.size).toBe(100);
    expect(rest.size).toBe(28);
    expect(new Set([...taken.values(), ...rest.values()])).toEqual(new Set([1]));
    expect(new Set([...taken.keys(), ...rest.keys()]).size).toBe(128);
    expect(await one!.renew()).toEqual(taken);
  });

  it('by several at the same moment gives each shard to one', async () => {
    await using servers = await startServers(3);

    const taken = await Promise.all(servers.leases.map((one) => one.take(60)));

    const numbers = taken.flatMap((shards) => [...shards.keys()]);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(await servers.led()).toEqual(taken.map((shards) => shards.size));
  });

  it('gives nothing of a server that lives', async () => {
    await using servers = await startServers(2);
    await servers.leases[0]!.take(128);

    expect((await servers.leases[1]!.take(128)).size).toBe(0);
  });

  it('gives what a server led whose lease has run out, in the next epoch, and its lease is gone with the last of it', async () => {
    await using servers = await startServers(2);
    const [one, other] = servers.leases;
    await one!.take(128);
    await servers.expire(0);

    const some = await other!.take(28);
    const stillLed = await one!.renew();
    await servers.expire(0);
    const all = await other!.take(100);

    expect(stillLed.size).toBe(100);
    expect(new Set([...some.values(), ...all.values()])).toEqual(new Set([2]));
    expect(await servers.led()).toEqual([0, 128]);
    const rows = await servers.database.db().selectFrom('server_leases').select('server_id').execute();
    expect(rows).toEqual([{ server_id: servers.ids[1] }]);
  });

  it('waits for no shard whose leader is writing under it, and takes it the next time', async () => {
    await using servers = await startServers(2);
    await servers.leases[0]!.take(128);
    await servers.expire(0);

    const taken = await servers.database
      .db()
      .transaction()
      .execute(async (tx) => {
        await tx.selectFrom('shards').where('number', '=', 7).select('epoch').forShare().execute();
        return servers.leases[1]!.take(128);
      });

    expect(taken.size).toBe(127);
    expect(taken.has(7)).toBe(false);
    expect([...(await servers.leases[1]!.take(128)).keys()]).toEqual([7]);
  });
});

describe('a server that has been asleep', () => {
  it('leads on when nobody has taken its shards', async () => {
    await using servers = await startServers(1);
    const taken = await servers.leases[0]!.take(128);
    await servers.expire(0);

    expect(await servers.leases[0]!.renew()).toEqual(taken);
  });

  it('leads nothing when others have, and lives again', async () => {
    await using servers = await startServers(2);
    await servers.leases[0]!.take(128);
    await servers.expire(0);
    await servers.leases[1]!.take(128);

    expect(await servers.leases[0]!.renew()).toEqual(new Map());
    expect(await servers.leases[0]!.readShare()).toBe(64);
  });
});

describe('giving shards away', () => {
  it('leaves them to whoever comes', async () => {
    await using servers = await startServers(2);
    const taken = await servers.leases[0]!.take(128);
    await servers.leases[0]!.release(new Map([...taken].slice(0, 3)));

    expect((await servers.leases[1]!.take(128)).size).toBe(3);
  });

  it('takes nothing from the server that has them by now', async () => {
    await using servers = await startServers(2);
    const taken = await servers.leases[0]!.take(128);
    await servers.expire(0);
    await servers.leases[1]!.take(128);
    await servers.leases[0]!.release(taken);

    expect(await servers.led()).toEqual([0, 128]);
  });

  it('by leaving gives all, and the lease', async () => {
    await using servers = await startServers(2);
    await servers.leases[0]!.take(128);
    await servers.leases[0]!.leave();

    expect(await servers.leases[1]!.readShare()).toBe(128);
    expect((await servers.leases[1]!.take(128)).size).toBe(128);
  });
});
