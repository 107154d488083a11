import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/api/context.js';
import { SubscriptionResolver } from '../../../src/api/resolvers/subscription-resolver.js';
import { Delivery } from '../../../src/entities/delivery.js';
import { Hook } from '../../../src/entities/hook.js';
import type { Change } from '../../../src/watch/change.js';
import { Cursors } from '../../../src/watch/cursors.js';
import type { HealthChange } from '../../../src/watch/health-log.js';
import { systemRandom } from '../../../src/random.js';
import { idOf } from '../../support/ids.js';

/** Counts the cursors that are made. */
class CountedCursors extends Cursors {
  count = 0;

  override ofEntry(...args: Parameters<Cursors['ofEntry']>): string {
    this.count += 1;
    return super.ofEntry(...args);
  }
}

const of = { organizationId: idOf('o'), webhookId: idOf('w'), hookId: idOf('h'), sequence: 7, changedAt: 0 };
const recorded = {
  id: idOf('a'),
  deliveryId: idOf('d'),
  number: 1,
  startedAt: 0,
  durationMs: 1,
  timing: '{}',
  request: '{}',
  outcome: '{}',
};
const change: Change = {
  ...of,
  eventId: idOf('e'),
  deliveryId: idOf('d'),
  type: 'order_created',
  status: 'SUCCEEDED',
  attempt: recorded,
};
const healthChange: HealthChange = { ...of, health: { status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null } };

function start() {
  const cursors = new CountedCursors([Buffer.alloc(32, 1)], systemRandom);
  const rows = new Map<unknown, object>([
    [Delivery, { id: idOf('d') }],
    [Hook, { id: idOf('h') }],
  ]);
  const loaders = { get: (entity: unknown) => Promise.resolve(rows.get(entity)) };
  const context = { parts: { cursors }, loaders } as unknown as Context;
  return { cursors, context, resolver: new SubscriptionResolver() };
}

type Start = ReturnType<typeof start>;

describe.each([
  ['deliveryAttempts', 'change', ({ resolver, context }: Start) => resolver.deliveryAttempts({ ...of }, change, context)],
  ['deliveryResults', 'change', ({ resolver, context }: Start) => resolver.deliveryResults({ ...of }, change, context)],
  ['hookHealth', 'health', ({ resolver, context }: Start) => resolver.hookHealth({ ...of }, healthChange, context)],
  [
    'eventProgress',
    'change',
    ({ resolver, context }: Start) => resolver.eventProgress(idOf('e'), { change, deliveryCount: 1, finalCount: 1 }, context),
  ],
] as const)('a notice of %s', (_, log, notify) => {
  it('makes its cursor when it is selected, and no sooner', async () => {
    const started = start();

    const notice = await notify(started);

    expect(started.cursors.count).toBe(0);
    expect(started.cursors.placeOf(log, of.organizationId, notice.cursor, 'after')).toBe(7);
    expect(started.cursors.count).toBe(1);
  });
});
