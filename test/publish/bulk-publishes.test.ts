import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { createIdSource } from '../../src/ids.js';
import { type EventDraft, Publisher } from '../../src/publish/publisher.js';
import { systemRandom } from '../../src/random.js';
import { EVERYTHING } from '../../src/reach.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { insertEventType, insertHooks, newId } from '../support/rows.js';
import { makeSchemaChecks } from '../support/schema-checks.js';
import { plainPayloads } from '../support/test-ring.js';
import { JsonInput } from '../../src/json/json-input.js';

let database: TestDatabase;
/** Whose hooks `insertHooks` writes. */
const organizationId = idOf('o');

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  await insertHooks(database.db(), [{ id: newId() }]);
  await insertEventType(database.db(), { organizationId, name: 't' });
});

function startPublisher(clock: Clock = new ManualClock()) {
  const { writes } = database;
  const schemas = makeSchemaChecks();
  onTestFinished(() => schemas.close());
  const publisher = new Publisher({
    writes,
    clock,
    newId: createIdSource(clock, systemRandom),
    payloads: plainPayloads,
    schemas,
    wake() {},
  });
  const organization = { id: organizationId, reach: EVERYTHING };
  return {
    publishOne: () => publisher.publishEvent(organization, { type: 't', payload: new JsonInput(1) }),
    publishMany: (count: number, change: (index: number) => Partial<EventDraft> = () => ({})) =>
      publisher.publishEvents(
        organization,
        Array.from({ length: count }, (_, index) => ({ type: 't', payload: new JsonInput(1), ...change(index) })),
      ),
  };
}

async function countRows(table: 'events' | 'idempotency_keys' | 'deliveries'): Promise<number> {
  const { count } = await database
    .db()
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

it('calls of a hundred events that come together are written one after the other', async () => {
  const { publishMany } = startPublisher();

  await Promise.all(Array.from({ length: 8 }, () => publishMany(100)));

  expect(await countRows('events')).toBe(800);
  expect(database.writes.commitCount).toBe(8);
});

it('a publish of one event waits for none of them', async () => {
  const { publishOne, publishMany } = startPublisher();
  const commitsAtAnswer: number[] = [];

  await Promise.all([
    ...Array.from({ length: 8 }, () => publishMany(100)),
    publishOne().then(() => commitsAtAnswer.push(database.writes.commitCount)),
  ]);

  expect(commitsAtAnswer).toEqual([1]);
});

it('one that is refused lets the next go on', async () => {
  const { publishMany } = startPublisher();

  const calls = await Promise.allSettled([
    publishMany(100, () => ({ payload: new JsonInput('x'.repeat(262_144)) })),
    publishMany(100, () => ({ type: 'nope' })),
    publishMany(100),
  ]);

  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(await countRows('events')).toBe(100);
});

it('where each takes long, forty thousand events with a key each go into one transaction', async () => {
  // Every turn is over as soon as it has begun.
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    after(_, run) {
      queueMicrotask(run);
      return () => {};
    },
  };
  const { publishMany } = startPublisher(clock);

  const calls = Array.from({ length: 40 }, (_, call) => publishMany(1000, (n) => ({ idempotencyKey: `${call}-${n}` })));
  await Promise.all(calls);

  expect(database.writes.commitCount).toBe(1);
  expect([await countRows('events'), await countRows('idempotency_keys'), await countRows('deliveries')]).toEqual([40_000, 40_000, 40_000]);
});
