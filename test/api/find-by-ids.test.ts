import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findByIds } from '../../src/api/find-by-ids.js';
import { toJsonColumn } from '../../src/database/json-column.js';
import { Delivery } from '../../src/entities/delivery.js';
import { Event } from '../../src/entities/event.js';
import { Hook } from '../../src/entities/hook.js';
import { Organization } from '../../src/entities/organization.js';
import { Webhook } from '../../src/entities/webhook.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { insertDeliveries, insertHooks, newId } from '../support/rows.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await insertHooks(database.db(), [{ id: idOf('one') }, { id: idOf('other') }]);
  const rate_limit = toJsonColumn({ deliveries: 5, per: 'SECOND' as const });
  await database.db().updateTable('hooks').set({ rate_limit }).where('id', '=', idOf('one')).execute();
  await insertDeliveries(database.db(), { hookId: idOf('one'), count: 3, now: 7 });
}, 30_000);

afterAll(() => database[Symbol.asyncDispose]());

describe('a read by ids', () => {
  it.each<{ entityClass: new () => { id: string }; count: number }>([
    { entityClass: Organization, count: 1 },
    { entityClass: Webhook, count: 1 },
    { entityClass: Hook, count: 2 },
    { entityClass: Event, count: 1 },
    { entityClass: Delivery, count: 3 },
  ])('gives what the ORM would find ($entityClass.name)', async ({ entityClass, count }) => {
    const found = await database.orm.em.fork().find(entityClass, {}, { orderBy: { id: 1 } });

    const read = await findByIds(database.orm.em.fork(), entityClass, [...found.map(({ id }) => id), newId()]);

    expect(found).toHaveLength(count);
    expect(read.every((entity) => entity instanceof entityClass)).toBe(true);
    expect(read.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(found);
  });
});
