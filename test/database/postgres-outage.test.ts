import { describe, expect, it } from 'vitest';
import { openPostgresUrl } from '../../src/database/open-postgres.js';
import { findStorageProblems } from '../../src/database/storage-problems.js';
import { Writes } from '../../src/database/writes.js';
import { startLine } from '../support/line.js';
import { keepLog } from '../support/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';

const SECOND = 1000;

/** Writes over a line, with a lane that notes each try. */
async function open() {
  const stack = new AsyncDisposableStack();
  const line = stack.use(await startLine(stack.use(await makeDatabase()).url));
  const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 200, databaseNotifications: 'listen' } as const;
  const orm = await openPostgresUrl(line.url, settings);
  stack.defer(() => orm.close());
  const clock = new ManualClock();
  const { log, lines } = keepLog();
  const writes = new Writes(orm, clock, log);
  stack.defer(() => writes.close());
  const tried: string[] = [];
  const write = writes.lane<string, void>(async ({ db }, names) => {
    tried.push(...names);
    await db
      .insertInto('organizations')
      .values(names.map((name) => ({ id: crypto.randomUUID(), name, created_at: 0 })))
      .execute();
    return names.map(() => undefined);
  });
  return {
    line,
    writes,
    write,
    tried,
    db: () => orm.em.fork().getKysely(),
    told: () => lines().flatMap(({ msg }) => (msg.startsWith('database.') ? [msg] : [])),
    async aSecondLater() {
      clock.advance(SECOND);
      await writes.settle();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.runIf(onPostgres)('an outage of PostgreSQL', () => {
  it('begins with a write that gets through to nobody, and what is asked for meanwhile is refused without a try', async () => {
    await using opened = await open();
    await opened.write('before');
    opened.line.refuse();

    await expect(opened.write('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    opened.line.mend();
    await expect(opened.write('b')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^The database cannot be written at the moment \(.*\)\. Nothing was changed; try again\.$/),
    });
    await expect(opened.writes.transaction(async () => void opened.tried.push('alone'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    expect(opened.tried).toEqual(['before']);
  });

  it('ends by itself with a probe that gets through', async () => {
    await using opened = await open();
    opened.line.refuse();
    await opened.write('a').catch(() => {});

    await opened.aSecondLater();
    const meanwhile = [opened.writes.outage, await findStorageProblems(opened.db(), opened.writes.outage)];
    opened.line.mend();
    await opened.aSecondLater();
    await opened.write('b');

    expect(meanwhile).toMatchObject([
      { reason: 'unreachable' },
      ['The database cannot be written since 2026-01-01T12:00:00.000Z (unreachable).'],
    ]);
    expect(opened.told()).toEqual(['database.failing', 'database.recovered']);
    expect(opened.tried).toEqual(['b']);
  });

  it('is no outage where a batch has something wrong in it: the others are written', async () => {
    await using opened = await open();

    const results = await Promise.allSettled(['a', 'bad\0', 'b'].map(opened.write));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(opened.writes.outage).toBeNull();
  });
});
