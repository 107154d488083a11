import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { OverloadedError } from '../../src/errors.js';
import type { JsonSchema } from '../../src/json-schema/compile-json-schema.js';
import type { SchemaChecks, SchemaVersion } from '../../src/json-schema/schema-checks.js';
import type { SchemaThreadListeners } from '../../src/json-schema/start-schema-thread.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeSchemaChecks, startSchemaThread } from '../support/schema-checks.js';

/** Far less than what is slow here takes, which is for ever. */
const timeLimitMs = 500;

/** It tries each way to take a text apart, since it was registered before such patterns were refused. */
const slow: JsonSchema = { pattern: '^(?=x*)(a+)+$' };
const forEver = JSON.stringify(`${'a'.repeat(60)}!`);

function version(schema: JsonSchema, change: Partial<SchemaVersion> = {}): SchemaVersion {
  return { organizationId: 'o', type: 'seat.taken', schemaKey: `${JSON.stringify(schema)} ${change.organizationId}`, schema, ...change };
}

function check(checks: SchemaChecks, schema: SchemaVersion, payload = '1') {
  return checks.findPayloadFaults(schema, payload, 'input');
}

function register(checks: SchemaChecks, schema: JsonSchema, example: unknown = null, organizationId = 'o') {
  return checks.findSchemaFaults(organizationId, { schema, example, path: 'input' });
}

/** Asks `leaf` of a value 2^60 times. */
function doubling(leaf: JsonSchema): JsonSchema {
  const $ref = (level: number) => ({ $ref: `#/$defs/l${level}` });
  const levels = Array.from({ length: 60 }, (_, level) => [`l${level}`, { allOf: [$ref(level + 1), $ref(level + 1)] }]);
  return { ...$ref(0), $defs: { ...Object.fromEntries(levels), l60: leaf } };
}

describe('a payload that takes a schema too long', () => {
  it('is refused with words, and those behind it are checked', async () => {
    await using checks = makeSchemaChecks({ timeLimitMs });

    const answers = await Promise.all([
      check(checks, version({ type: 'number' }, { organizationId: 'before' }), '"x"'),
      check(checks, version(slow), forEver),
      check(checks, version({ type: 'string' }, { organizationId: 'behind' })),
      check(checks, version({ type: 'number' }, { organizationId: 'behind' })),
    ]);

    expect(answers.map((faults) => faults.length)).toEqual([1, 1, 1, 0]);
    expect(answers[1]).toEqual([
      {
        path: 'input.payload',
        received: 'one of 63 bytes that takes longer',
        expected:
          'a payload that the schema of "seat.taken" can check within 0.5 s (simplify the schema by registerEventType, or send less)',
      },
    ]);
  });

  it('closes its schema for a while, a longer one each time, and no other one', async () => {
    const clock = new ManualClock();
    await using checks = makeSchemaChecks({ timeLimitMs, clock });
    const takeTooLong = async () => {
      const checking = check(checks, version(slow), forEver);
      // The time of the check is the clock's, which moves until it is over.
      let isOver = false;
      void checking.then(() => (isOver = true));
      while (!isOver) {
        clock.advance(timeLimitMs / 4);
        await new Promise(setImmediate);
      }
      return checking;
    };

    expect(await takeTooLong()).toHaveLength(1);
    const refused = check(checks, version(slow), '"a"');
    await expect(refused).rejects.toThrow(
      'The schema of "seat.taken" took more than 0.5 s to check a payload, so none is held against it for 1 s',
    );
    await expect(refused).rejects.toThrow(OverloadedError);
    expect(await check(checks, version({ type: 'string' }), '"a"')).toEqual([]);
    clock.advance(1000);
    expect(await check(checks, version(slow), '"a"')).toEqual([]);
    expect(await takeTooLong()).toHaveLength(1);
    await expect(check(checks, version(slow), '"a"')).rejects.toThrow('for 2 s');
  });

  it('leaves what waits behind it for the same schema without a check', async () => {
    await using checks = makeSchemaChecks({ timeLimitMs });

    const results = await Promise.allSettled(Array.from({ length: 200 }, () => check(checks, version(slow), forEver)));

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(190);
  });

  it('is felt by its own organization alone from then on', async () => {
    const started: SchemaThreadListeners[] = [];
    await using checks = makeSchemaChecks({
      timeLimitMs,
      startThread: (listeners) => {
        started.push(listeners);
        return startSchemaThread(listeners);
      },
    });
    const others = () => check(checks, version({ type: 'number' }, { organizationId: 'other' }));
    await others();
    await check(checks, version(slow), forEver);
    await others();

    const before = started.length;
    await check(checks, version({ ...(slow as object), title: 'another' }), forEver);
    const after = started.length;
    await others();

    // The thread of the others goes on: the one that was ended was started for the slow ones.
    expect([before, after, started.length]).toEqual([2, 3, 3]);
  });

  it('may take too much memory instead', { timeout: 60_000 }, async () => {
    await using checks = makeSchemaChecks({ timeLimitMs: 60_000, startThread: (listeners) => startSchemaThread(listeners, 48) });
    const faults = await check(checks, version(doubling({ maximum: 0 })), '1');

    expect(faults).toMatchObject([{ path: 'input.payload' }]);
    expect(await check(checks, version({ type: 'number' }, { organizationId: 'other' }))).toEqual([]);
  });
});

describe('a schema that is registered', () => {
  it('may have ten thousand properties, and nothing stands still meanwhile', { timeout: 60_000 }, async () => {
    const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`p${n}`, { type: 'string', minLength: 1 }]));
    await using checks = makeSchemaChecks({ timeLimitMs: 60_000 });
    let isOver = false;
    const registering = register(checks, { properties }, { p1: 1 }).finally(() => (isOver = true));
    let turns = 0;
    for (; turns < 100 && !isOver; turns += 1) await new Promise(setImmediate);

    expect(await registering).toMatchObject([{ path: 'input.example.p1' }]);
    // Compiled on this thread, it would be over before the second.
    expect(turns).toBeGreaterThan(1);
  });

  it('is refused where it takes too long, and so is the next one of its organization for a while', async () => {
    await using checks = makeSchemaChecks({ timeLimitMs });

    expect(await register(checks, doubling({ type: 'number' }), 1)).toMatchObject([
      { path: 'input.schema', expected: expect.stringContaining('within 0.5 s: one with fewer') },
    ]);
    await expect(register(checks, { type: 'string' })).rejects.toThrow('so no other is taken for');
    expect(await register(checks, { type: 'string' }, 'x', 'other')).toEqual([]);
  });

  it('is refused with its place in it', async () => {
    await using checks = makeSchemaChecks();

    expect(await register(checks, { properties: { a: { format: 'none' } } })).toMatchObject([
      { path: 'input.schema.properties.a.format', received: '"none"' },
    ]);
  });
});

describe('the checks', () => {
  it('go on with a thread that has lost its schemas', async () => {
    await using checks = makeSchemaChecks({ timeLimitMs });
    const strings = version({ type: 'string' });
    await check(checks, strings);
    await check(checks, version(slow, { organizationId: 'bad' }), forEver);

    const faults = await Promise.all(Array.from({ length: 100 }, () => check(checks, strings)));

    expect(faults.flat()).toHaveLength(100);
  });

  it('answer what is asked at once in the order of organizations', async () => {
    await using checks = makeSchemaChecks();
    const answered: string[] = [];
    const ask = async (organizationId: string) => {
      await check(checks, version({ type: 'number' }, { organizationId }));
      answered.push(organizationId);
    };

    await Promise.all([...Array.from({ length: 300 }, () => ask('many')), ask('one')]);

    expect(answered.indexOf('one')).toBeLessThan(70);
  });

  it('refuse what is more than may wait of one organization', async () => {
    await using checks = makeSchemaChecks();
    const numbers = version({ type: 'number' });

    const results = await Promise.allSettled(Array.from({ length: 6000 }, () => check(checks, numbers)));
    const other = await check(checks, version({ type: 'number' }, { organizationId: 'other' }));

    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(500);
    expect(refused.every(({ reason }) => reason instanceof OverloadedError)).toBe(true);
    expect(other).toEqual([]);
  });

  it('are refused where the thread does not start, and begin once it does', async () => {
    let isBroken = true;
    await using checks = makeSchemaChecks({
      startThread: (listeners) => {
        if (!isBroken) return startSchemaThread(listeners);
        queueMicrotask(() => listeners.ended(new Error('broken'), false));
        return { post() {}, running: () => 0, terminate: () => Promise.resolve() };
      },
    });

    await expect(check(checks, version(true))).rejects.toThrow('A schema could not be used: broken');
    isBroken = false;

    expect(await check(checks, version(true))).toEqual([]);
  });

  it('of a thousand events go to the thread in a few messages', async () => {
    const posted: number[] = [];
    await using checks = makeSchemaChecks({
      startThread: ({ answered }) => ({
        post(requests) {
          posted.push(requests.length);
          queueMicrotask(() => answered(requests.map(() => ({ kind: 'CHECKED', faults: [] }))));
        },
        running: () => 0,
        terminate: () => Promise.resolve(),
      }),
    });
    const numbers = version({ type: 'number' });

    await Promise.all(Array.from({ length: 1000 }, () => check(checks, numbers)));

    expect(posted).toEqual([...Array.from({ length: 15 }, () => 64), 40]);
  });

  it('start no thread until there is something to check', async () => {
    let count = 0;
    await using checks = makeSchemaChecks({
      startThread: (listeners) => {
        count += 1;
        return startSchemaThread(listeners);
      },
    });
    const before = count;

    await check(checks, version(true));

    expect([before, count]).toEqual([0, 1]);
  });

  it('that are asked for when they have ended are refused', async () => {
    const checks = makeSchemaChecks({ clock: systemClock });
    await checks.close();

    await expect(check(checks, version(true))).rejects.toThrow('The server stops.');
  });
});
