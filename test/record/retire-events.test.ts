import BetterSqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { countRows, type DeliveryMaking, fileOf, NO_ROWS, putEvents, type RowCounts, setStatus } from './retention-rows.js';
import { RETENTION_MS, startRetention } from './start-retention.js';

const MINUTE = 60_000;

const SUCCEEDED: DeliveryMaking = { status: 'SUCCEEDED', attemptCount: 1 };
const FAILED: DeliveryMaking = { status: 'FAILED', attemptCount: 3 };
const RETRYING: DeliveryMaking = { status: 'RETRYING', attemptCount: 2 };

describe('a step', () => {
  it('deletes at most 1,000 rows of one table, however many deliveries an event has', async () => {
    const steps: RowCounts[] = [];
    await using running = await startRetention({
      async around(run) {
        const before = await countRows(running.database);
        await run();
        const after = await countRows(running.database);
        steps.push(differenceOf(before, after));
      },
    });
    const publishedAt = running.nextPassAt - 2 * RETENTION_MS;
    const wide = { publishedAt, deliveries: Array.from({ length: 2300 }, () => SUCCEEDED) };
    const small = Array.from({ length: 700 }, (_, index) => ({
      publishedAt: publishedAt + (index % 2 === 0 ? 1 : -1),
      deliveries: [FAILED],
    }));
    await putEvents(running.database, [wide, ...small]);

    await running.pass();

    expect(await countRows(running.database)).toEqual(NO_ROWS);
    const removed = steps.map((step) => Object.entries(step).filter(([, count]) => count > 0));
    expect(removed.filter((tables) => tables.length > 1)).toEqual([]);
    expect(Math.max(...removed.flat().map(([, count]) => count))).toBe(1000);
  });

  it('looks at events that must stay once a pass', async () => {
    let stepCount = 0;
    await using running = await startRetention({
      async around(run) {
        stepCount += 1;
        await run();
      },
    });
    const publishedAt = running.nextPassAt - 2 * RETENTION_MS;
    const stuck = Array.from({ length: 5000 }, () => ({ publishedAt, deliveries: [RETRYING] }));
    const old = Array.from({ length: 3000 }, () => ({ publishedAt: publishedAt + 1 }));
    await putEvents(running.database, [...stuck, ...old]);

    await running.pass();

    expect(await countRows(running.database)).toMatchObject({ events: 5000, attempts: 10_000 });
    // One for keys, one for tokens, one for the audit log, one for health, one to find the end; ten times 500 that stay; six times 500 that go, in four steps each.
    expect(stepCount).toBe(1 + 1 + 1 + 1 + 1 + 10 + 6 * 4);
  });

  it('looks at 1,000 deliveries at most, or at one event where that has more', async () => {
    let stepCount = 0;
    await using running = await startRetention({
      async around(run) {
        stepCount += 1;
        await run();
      },
    });
    const publishedAt = running.nextPassAt - 2 * RETENTION_MS;
    const counts = [400, 600, 1, 999, 1, 1200];
    const stuck = counts.map((count, index) => ({
      publishedAt: publishedAt + index,
      deliveries: Array.from({ length: count }, () => RETRYING),
    }));
    await putEvents(running.database, stuck);

    await running.pass();

    // One for keys, one for tokens, one for the audit log, one for health, one to find the end, and four: 400 and 600, 1 and 999, 1, 1,200.
    expect(stepCount).toBe(1 + 1 + 1 + 1 + 1 + 4);
  });

  it('sees that a delivery was opened again since the last one, and leaves what is left of its event', async () => {
    let reopenedAfter: RowCounts | undefined;
    await using running = await startRetention({
      async around(run) {
        await run();
        const counts = await countRows(running.database);
        if (reopenedAfter !== undefined || counts.attempts === 1503) return;
        await setStatus(running.database, 'FAILED', 'RETRYING');
        reopenedAfter = counts;
      },
    });
    const publishedAt = running.nextPassAt - 2 * RETENTION_MS;
    await putEvents(running.database, [{ publishedAt, deliveries: [...Array.from({ length: 1500 }, () => SUCCEEDED), FAILED] }]);

    await running.pass();

    expect(reopenedAfter).toEqual({ ...NO_ROWS, events: 1, deliveries: 1501, attempts: 503 });
    expect(await countRows(running.database)).toEqual(reopenedAfter);
    await setStatus(running.database, 'RETRYING', 'SUCCEEDED');
    await running.pass();
    expect(await countRows(running.database)).toEqual(NO_ROWS);
  });

  it('waits a little after the one before, and lets other writes go first', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    let stepped = Promise.withResolvers<void>();
    await using running = await startRetention({
      clock,
      async around(run) {
        await run();
        order.push('step');
        stepped.resolve();
      },
    });
    await putEvents(running.database, [{ publishedAt: clock.now() - 2 * RETENTION_MS }]);
    const write = running.database.writes.lane<string, void>(async (_, names) => {
      order.push(...names);
      return names.map(() => undefined);
    });

    clock.advance(MINUTE);
    await stepped.promise;
    stepped = Promise.withResolvers<void>();
    for (const name of ['a', 'b', 'c']) await write(name);
    clock.advance(9);
    await write('d');
    clock.advance(1);
    await stepped.promise;

    expect(order).toEqual(['step', 'a', 'b', 'c', 'd', 'step']);
  });

  // PostgreSQL's plans depend on how many rows there are: query-plans.test.ts has them.
  it.skipIf(onPostgres)('reaches each table by an index', async () => {
    const plans = new Map<string, string[]>();
    await using running = await startRetention({
      see(statement, db) {
        const { sql, parameters } = db.getExecutor().compileQuery(statement, { queryId: '' });
        plans.set(sql, explain(running.database, sql, parameters));
      },
    });
    await putEvents(
      running.database,
      Array.from({ length: 3 }, (_, index) => ({ publishedAt: running.nextPassAt - 2 * RETENTION_MS, idempotencyKey: `${index}` })),
    );
    await putOldAuditRecord(running.database);

    await running.pass();

    expect(await countRows(running.database)).toEqual(NO_ROWS);
    const details = [...plans.values()].flat();
    const deletedFrom = [...plans.keys()].map((sql) => /^delete from .(\w+)/.exec(sql)?.[1]).filter((table) => table !== undefined);
    expect(new Set(deletedFrom)).toEqual(new Set([...Object.keys(NO_ROWS), 'hook_health_changes', 'stream_tokens', 'audit_records']));
    // The log of hooks' health is read from its beginning, a slice at a time, and what that gave is looked through.
    const isSlice = (detail: string) => /^SCAN (hook_health_changes|h|oldest|\(subquery)/.test(detail);
    expect(details.filter((detail) => /SCAN|TEMP/.test(detail) && !isSlice(detail))).toEqual([]);
    expect(explain(running.database, 'select id from events where created_at < 1', [])).toEqual(['SCAN events']);
  });
});

async function putOldAuditRecord(database: TestDatabase): Promise<void> {
  const { id } = await database.db().selectFrom('organizations').select('id').executeTakeFirstOrThrow();
  const record = { organization_id: id, changed_at: 0, action: 'WEBHOOK_UPDATED', actor: '{}', subject: '{}' } as const;
  await database
    .db()
    .insertInto('audit_records')
    .values({ ...record, id: '00000000-0001-7000-8000-000000000000' } as never)
    .execute();
}

function differenceOf(before: RowCounts, after: RowCounts): RowCounts {
  return Object.fromEntries(Object.entries(before).map(([table, count]) => [table, count - after[table as keyof RowCounts]])) as RowCounts;
}

function explain(database: TestDatabase, sql: string, parameters: readonly unknown[]): string[] {
  const other = new BetterSqlite(fileOf(database), { readonly: true });
  const rows = other.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
  other.close();
  return rows.map(({ detail }) => detail).filter((detail) => !detail.startsWith('LIST SUBQUERY'));
}
