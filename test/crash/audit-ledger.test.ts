import { describe, expect, it } from 'vitest';
import { auditLedger } from './audit-ledger.js';
import type { Ledger } from './ledger.js';

/** What a test changes in place. */
type Changing = { -readonly [Key in keyof Ledger]: Ledger[Key] extends readonly (infer Item)[] ? Item[] : Ledger[Key] } & {
  told: string[];
};

const BODY = '{"id":"e1","type":"order_created","timestamp":"1970-01-01T00:00:00.000Z","organizationId":"o1","data":{"n":1}}';

/** An event for two hooks: one delivery went at once; the other was on the wire at the kill, failed once and then went. */
function soundLedger(): Changing {
  return {
    organizationId: 'o1',
    hookIds: ['h1', 'h2'],
    lifeCount: 2,
    acknowledged: [{ eventId: 'e1', idempotencyKey: 'k1', payload: { n: 1 } }],
    events: [{ id: 'e1', type: 'order_created', createdAt: 0 }],
    deliveries: [
      { id: 'd1', eventId: 'e1', hookId: 'h1', status: 'SUCCEEDED', attemptCount: 1 },
      { id: 'd2', eventId: 'e1', hookId: 'h2', status: 'SUCCEEDED', attemptCount: 2 },
    ],
    attempts: [
      { id: 'a1', deliveryId: 'd1', number: 1, status: 'SUCCEEDED', life: 1 },
      { id: 'a2', deliveryId: 'd2', number: 1, status: 'RETRYING', life: 2 },
      { id: 'a3', deliveryId: 'd2', number: 2, status: 'SUCCEEDED', life: 2 },
    ],
    logged: ['a1', 'a2', 'a3'],
    requests: [
      { deliveryId: 'd1', hookId: 'h1', life: 1, body: BODY, isSigned: true },
      { deliveryId: 'd2', hookId: 'h2', life: 1, body: BODY, isSigned: true },
      { deliveryId: 'd2', hookId: 'h2', life: 2, body: BODY, isSigned: true },
      { deliveryId: 'd2', hookId: 'h2', life: 2, body: BODY, isSigned: true },
    ],
    told: ['a1', 'a2', 'a3'],
  };
}

/** Takes one item away and gives another in its place. */
function change<Item extends object>(items: Item[], index: number, to: Partial<Item>): void {
  items[index] = { ...items[index]!, ...to };
}

describe('the audit', () => {
  it('finds no fault where all is kept, and counts what a kill doubled', () => {
    const audit = auditLedger(soundLedger());

    expect(audit).toEqual({ faults: [], doubleCount: 1 });
  });

  it('takes a ledger that nobody was told of', () => {
    const { faults } = auditLedger({ ...soundLedger(), told: null });

    expect(faults).toEqual([]);
  });

  const broken: Array<[string, (ledger: Changing) => unknown, RegExp]> = [
    [
      'an acknowledged event that is gone',
      (l) => l.acknowledged.push({ eventId: 'e2', idempotencyKey: 'k2', payload: {} }),
      /e2 .* is gone/,
    ],
    ['an event of which nobody was told', (l) => l.events.push({ id: 'e2', type: 'order_created', createdAt: 0 }), /nobody was told/],
    ['a key with two events', (l) => l.acknowledged.push({ eventId: 'e2', idempotencyKey: 'k1', payload: {} }), /k1 stands for several/],
    ['a delivery that was never made', (l) => l.deliveries.pop(), /e1 to h2 has no delivery/],
    ['a delivery made twice', (l) => l.deliveries.push({ ...l.deliveries[0]!, id: 'd3' }), /e1 to h1 has two deliveries/],
    ['a delivery that nobody waits for', (l) => change(l.deliveries, 0, { hookId: 'h3' }), /e1 to h3 is delivered and not owed/],
    ['a delivery that sticks', (l) => change(l.deliveries, 1, { status: 'RETRYING' }), /d2 is RETRYING/],
    ['a delivery that was not received', (l) => l.requests.shift(), /d1 was received 0 times and recorded 1 times in life 1/],
    [
      'a delivery doubled without a kill',
      (l) => l.requests.push(l.requests[3]!),
      /d2 was received 3 times .* in life 2, which no kill explains/,
    ],
    [
      'a delivery sent twice before one kill',
      (l) => l.requests.push(l.requests[1]!),
      /d2 was received 2 times .* in life 1, which no kill/,
    ],
    ['a request of no delivery', (l) => change(l.requests, 0, { deliveryId: 'd9' }), /d9 was received and is no delivery/],
    ['a request at the wrong receiver', (l) => change(l.requests, 0, { hookId: 'h2' }), /d1 came to another hook/],
    ['a signature that is not accepted', (l) => change(l.requests, 0, { isSigned: false }), /d1 came with a signature/],
    ['a body that changes', (l) => change(l.requests, 2, { body: BODY.replace('"data":', '"data": ') }), /d2 came with different bodies/],
    ['a body with another payload', (l) => change(l.requests, 0, { body: BODY.replace('"n":1', '"n":2') }), /d1 came with a wrong body/],
    ['a body that is no JSON', (l) => change(l.requests, 0, { body: '{' }), /d1 came with a wrong body/],
    ['a missing attempt', (l) => l.attempts.splice(1, 1), /d2 has the attempts \[2 SUCCEEDED\]/],
    ['an attempt numbered twice', (l) => change(l.attempts, 2, { number: 1 }), /d2 has the attempts \[1 RETRYING, 1 SUCCEEDED\]/],
    [
      'an attempt after the success',
      (l) => change(l.attempts, 1, { status: 'SUCCEEDED' }),
      /d2 has the attempts \[1 SUCCEEDED, 2 SUCCEEDED\]/,
    ],
    ['attempts miscounted', (l) => change(l.deliveries, 1, { attemptCount: 1 }), /d2 counts 1 attempts and has 2/],
    ['an attempt of no delivery', (l) => change(l.attempts, 0, { deliveryId: 'd9' }), /d9 has attempts and is no delivery/],
    ['an attempt that is not in the log', (l) => l.logged.pop(), /the log of changes does not have each attempt once/],
    ['an attempt that was not told', (l) => l.told.pop(), /a3 was not told/],
    ['an attempt told twice', (l) => l.told.push('a3'), /1 attempts were told twice/],
    ['an attempt told and not kept', (l) => l.told.push('a4'), /a4 was told and is not in the log/],
    ['attempts told in another order', (l) => l.told.unshift(l.told.pop()!), /told in another order/],
  ];

  it.each(broken)('finds %s', (_, breakIt, expected) => {
    const ledger = soundLedger();
    breakIt(ledger);

    const { faults } = auditLedger(ledger);

    expect(faults.join('\n')).toMatch(expected);
  });
});
