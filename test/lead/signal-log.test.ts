import { describe, expect, it } from 'vitest';
import { SignalLog } from '../../src/lead/signal-log.js';
import type { NewSignal } from '../../src/lead/tell-leaders.js';
import { createLog } from '../../src/log.js';
import { openTestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { newId } from '../support/rows.js';

const [hook, other, delivery] = [idOf('hook'), idOf('other'), idOf('delivery')];
const HOUR = 3_600_000;

/** Two servers with one log, which hear of each other when the test says so. */
async function start() {
  const database = await openTestDatabase();
  const clock = new ManualClock();
  const open = async () => {
    const learned: NewSignal[] = [];
    let toldCount = 0;
    const log = new SignalLog({
      db: database.db,
      clock,
      log: createLog('silent'),
      serverId: newId(),
      apply: (signals) => void learned.push(...signals),
      tellOthers: () => void (toldCount += 1),
    });
    await log.start();
    const tell = (...signals: NewSignal[]) => database.writes.transaction((_, tx) => log.tell(tx, signals));
    return { log, learned, tell, toldCount: () => toldCount };
  };
  return { database, clock, open, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

describe('what the leaders of hooks have to know', () => {
  it('is learned where it happens once it is committed, and elsewhere by reading, in order and once', async () => {
    await using servers = await start();
    const [here, there] = [await servers.open(), await servers.open()];
    const first: NewSignal[] = [
      { kind: 'REFRESH', hookId: hook },
      { kind: 'ENDED', hookId: other, deliveryId: delivery },
    ];
    await here.tell(...first);
    expect(here.learned).toEqual(first);
    expect([here.toldCount(), there.learned]).toEqual([1, []]);

    await there.log.catchUp();
    await here.tell({ kind: 'DUE', hookId: hook });
    await Promise.all([there.log.catchUp(), there.log.catchUp()]);
    await here.log.catchUp();

    expect(there.learned).toEqual([...first, { kind: 'DUE', hookId: hook }]);
    expect(here.learned).toEqual([...first, { kind: 'DUE', hookId: hook }]);
  });

  it('is learned by nobody when its transaction fails', async () => {
    await using servers = await start();
    const [here, there] = [await servers.open(), await servers.open()];
    const failing = servers.database.writes.transaction(async (_, tx) => {
      await here.log.tell(tx, [{ kind: 'RESUME', hookId: hook }]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await there.log.catchUp();

    expect([here.learned, here.toldCount(), there.learned]).toEqual([[], 0, []]);
  });

  it('is read page by page by one that is far behind', async () => {
    await using servers = await start();
    const [here, there] = [await servers.open(), await servers.open()];
    await here.tell(...Array.from({ length: 2500 }, (): NewSignal => ({ kind: 'DUE', hookId: hook })));
    await there.log.catchUp();

    expect(there.learned).toHaveLength(2500);
  });

  it('of before a start is not told: it shows in the tables', async () => {
    await using servers = await start();
    const here = await servers.open();
    await here.tell({ kind: 'DUE', hookId: hook });
    const late = await servers.open();
    await late.log.catchUp();

    expect(late.learned).toEqual([]);
  });

  it('is kept for an hour', async () => {
    await using servers = await start();
    const here = await servers.open();
    const count = async () => (await servers.database.db().selectFrom('signals').select('sequence').execute()).length;
    await here.tell({ kind: 'DUE', hookId: hook });
    servers.clock.advance(HOUR);
    await here.tell({ kind: 'DUE', hookId: other });
    await here.log.expire();
    const kept = await count();
    servers.clock.advance(HOUR + 1);
    await here.log.expire();

    expect([kept, await count()]).toEqual([2, 0]);
  });
});
