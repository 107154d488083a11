import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BareStore } from '../../../bench/yardsticks/bare-store/bare-store.js';

describe('the bare store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookgraph-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has on disk what it has answered for', async () => {
    using store = new BareStore(join(folder, 'store.sqlite'));
    await Promise.all(['1', '2'].map((number) => store.publish(eventOf(number))));
    expect(read('select id, status, attempt_count from deliveries order by id')).toEqual([
      { id: 'delivery-1', status: 'PENDING', attempt_count: 0 },
      { id: 'delivery-2', status: 'PENDING', attempt_count: 0 },
    ]);

    await store.record({ id: 'attempt-2', deliveryId: 'delivery-2', startedAt: 7, durationMs: 3, status: 200 });

    expect(read('select id, payload from events order by id')).toMatchObject([{ id: 'event-1', payload: '{}' }, { id: 'event-2' }]);
    expect(read('select status, attempt_count from deliveries order by id')).toMatchObject([
      { status: 'PENDING' },
      { status: 'DELIVERED' },
    ]);
    expect(read('select * from attempts')).toEqual([
      { id: 'attempt-2', delivery_id: 'delivery-2', number: 1, started_at: 7, duration_ms: 3, status: 200 },
    ]);
  });

  it('says so to all of a commit that fails, and has nothing of it', async () => {
    using store = new BareStore(join(folder, 'store.sqlite'));
    const twice = await Promise.allSettled([store.publish(eventOf('1')), store.publish(eventOf('1'))]);

    expect(twice.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(read('select id from events')).toEqual([]);
  });

  function read(sql: string): unknown[] {
    const database = new BetterSqlite(join(folder, 'store.sqlite'), { readonly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  }
});

function eventOf(number: string) {
  return { id: `event-${number}`, organizationId: 'organization', type: 'order_created', payload: '{}', deliveryId: `delivery-${number}` };
}
