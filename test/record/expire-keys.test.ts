import { describe, expect, it } from 'vitest';
import { countRows, NO_ROWS, putEvents } from './retention-rows.js';
import { startRetention } from './start-retention.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

describe('idempotency keys', () => {
  it('go once they find nothing any more, slice by slice, and not sooner', async () => {
    await using running = await startRetention();
    const runOut = Array.from({ length: 2300 }, (_, index) => ({
      publishedAt: running.nextPassAt - DAY - (index % 3),
      deliveries: [],
      idempotencyKey: `old ${index}`,
    }));
    await putEvents(running.database, [...runOut, { publishedAt: running.nextPassAt - DAY + 1, deliveries: [], idempotencyKey: 'young' }]);

    await running.pass();

    const keys = await running.database.db().selectFrom('idempotency_keys').select('key').execute();
    expect(keys).toEqual([{ key: 'young' }]);
    expect(await countRows(running.database)).toMatchObject({ events: 2301 });
    expect(running.lines()).toMatchObject([{ msg: 'retention.passed', idempotencyKeyCount: 2300, eventCount: 0 }]);
  });

  it('go with their event where that is kept for less than a day', async () => {
    await using running = await startRetention({ retentionMs: HOUR });
    await putEvents(running.database, [{ publishedAt: running.nextPassAt - 2 * HOUR, idempotencyKey: 'k' }]);

    await running.pass();

    expect(await countRows(running.database)).toEqual(NO_ROWS);
  });
});
