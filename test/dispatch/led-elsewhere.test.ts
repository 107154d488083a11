import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { shardOf } from '../../src/entities/shard.js';
import { allShards } from '../../src/lead/leadership.js';
import { createLog } from '../../src/log.js';
import type { AttemptReport } from '../../src/send/attempt.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { insertDeliveries, insertHooks, newId } from '../support/rows.js';
import { answer } from './makers.js';
import { makeRecorder } from '../support/recorder.js';
import { makeReport } from '../support/attempt-report.js';
import { plainPayloads, testRing } from '../support/test-ring.js';

const hookId = idOf('h');
const shard = shardOf(hookId);

let database: TestDatabase;
let clock: ManualClock;
let dispatcher: Dispatcher;
/** In which epoch this server leads all hooks; null where it does not. */
let epoch: number | null;
let removedCount: number;
let isDatabaseAway: boolean;
/** Attempts on the wire, to be ended. */
let wire: Array<() => void>;

beforeEach(async () => {
  database = await openTestDatabase();
  await insertHooks(database.db(), [{ id: hookId }]);
  clock = new ManualClock();
  epoch = 1;
  removedCount = 0;
  isDatabaseAway = false;
  wire = [];
  const recorder = makeRecorder({ writes: database.writes, clock, newId });
  const send = () =>
    new Promise<AttemptReport>((resolve) => {
      wire.push(() => resolve(makeReport(answer(200), clock.now())));
    });
  dispatcher = new Dispatcher({
    db() {
      if (isDatabaseAway) throw new Error('away');
      return database.db();
    },
    ring: testRing,
    payloads: plainPayloads,
    clock,
    log: createLog('silent'),
    recorder,
    send,
    inFlightLimit: 512,
    leadership: { epochOf: () => epoch, epochOfShard: () => epoch },
    hookIsRemoved: () => void (removedCount += 1),
    isStorageFailing: () => false,
  });
});

afterEach(async () => {
  const stopped = dispatcher.stop(0);
  clock.advance(0);
  await stopped;
  await database[Symbol.asyncDispose]();
});

const owe = (count: number) => insertDeliveries(database.db(), { hookId, count, now: clock.now() });

/** Waits until so many attempts are on the wire. */
async function onTheWire(count: number): Promise<void> {
  while (wire.length < count) await new Promise(setImmediate);
}

/** Lets all that goes on come to its end: reads of the database, one after the other, take their turns. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await database.db().selectFrom('hooks').select('id').execute();
    await new Promise(setImmediate);
  }
}

describe('a delivery of a hook that this server does not lead', () => {
  it('is not taken in, and its hook is named for the one that does', async () => {
    epoch = null;
    await dispatcher.taken(allShards);

    expect(dispatcher.accept(await owe(2))).toEqual([hookId]);
    await quiet();
    expect(wire).toEqual([]);
  });

  it('is taken up once it does', async () => {
    epoch = null;
    await dispatcher.taken([]);
    await owe(2);
    epoch = 2;
    await dispatcher.taken([shard]);

    await onTheWire(2);
  });

  it('waits while it is not certain that it does, and goes out when it is again', async () => {
    await dispatcher.taken(allShards);
    epoch = null;
    const deliveries = await owe(1);
    epoch = 1;
    dispatcher.accept(deliveries);
    // It is in memory and its hook is being read.
    epoch = null;
    await quiet();
    const before = wire.length;
    epoch = 1;
    await dispatcher.certain(allShards);
    await onTheWire(1);

    expect(before).toBe(0);
  });
});

it('a hook that is resumed while it is not certain that this server leads it goes on once that is', async () => {
  await dispatcher.taken(allShards);
  const setStatus = (status: 'PAUSED' | 'ACTIVE') => database.db().updateTable('hooks').set({ status }).where('id', '=', hookId).execute();
  await setStatus('PAUSED');
  dispatcher.accept(await owe(1));
  await quiet();
  epoch = null;
  await setStatus('ACTIVE');
  dispatcher.apply([{ kind: 'RESUME', hookId }]);
  await quiet();
  const before = wire.length;
  epoch = 1;
  await dispatcher.certain(allShards);
  await onTheWire(1);

  expect(before).toBe(0);
});

describe('a shard that is lost', () => {
  it('is forgotten: nothing more of it is sent, and when it comes back all of it is read anew', async () => {
    await dispatcher.taken(allShards);
    dispatcher.accept(await owe(40));
    await onTheWire(16);
    epoch = null;
    dispatcher.lost([shard]);
    for (const end of wire) end();
    await quiet();
    const sentCount = wire.length;
    epoch = 3;
    await dispatcher.taken([shard]);
    await onTheWire(32);

    expect(sentCount).toBe(16);
  });
});

describe('first attempts that nobody has told of', () => {
  it('are found by a sweep where the hook is idle, and by a thorough one where it is not', async () => {
    await dispatcher.taken(allShards);
    dispatcher.accept(await owe(1));
    await onTheWire(1);
    await owe(1);
    await dispatcher.sweep(false);
    await quiet();
    const before = wire.length;
    await dispatcher.sweep(true);
    await onTheWire(2);
    for (const end of wire.splice(0)) end();
    const open = () => database.db().selectFrom('deliveries').where('next_attempt_at', 'is not', null).select('id').execute();
    while ((await open()).length > 0) await quiet();
    await owe(1);
    await dispatcher.sweep(false);
    await onTheWire(1);

    expect(before).toBe(1);
  });

  it('are swept up once at a time, and again after the database was away', async () => {
    await dispatcher.taken(allShards);
    await owe(1);
    isDatabaseAway = true;
    await dispatcher.sweep(false);
    isDatabaseAway = false;
    await Promise.all([dispatcher.sweep(false), dispatcher.sweep(false)]);

    await onTheWire(1);
  });
});

it('shards that could not be read are read a second later', async () => {
  await owe(1);
  isDatabaseAway = true;
  await dispatcher.taken(allShards);
  isDatabaseAway = false;
  clock.advance(1000);

  await onTheWire(1);
});

it('a removed hook that still has open deliveries is told of, for these to be ended', async () => {
  await dispatcher.taken(allShards);
  await database.db().updateTable('hooks').set({ status: 'REMOVED' }).where('id', '=', hookId).execute();
  dispatcher.accept(await owe(1));
  while (removedCount === 0) await quiet();

  expect(wire).toEqual([]);
});

it('a delivery that was read from the table before it was handed over is sent once', async () => {
  await dispatcher.taken(allShards);
  const deliveries = await owe(17);
  dispatcher.takeUp([hookId]);
  await onTheWire(16);

  // One on the wire, and the one that waits for room.
  dispatcher.accept([deliveries[0]!, deliveries[16]!]);
  for (const end of wire.splice(0)) end();
  await onTheWire(1);
  for (const end of wire) end();
  await quiet();

  expect(wire).toHaveLength(1);
});
