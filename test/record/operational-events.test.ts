import { describe, expect, it } from 'vitest';
import { type HealthColumns, healthOf } from '../../src/entities/hook-health.js';
import { operationalTypes } from '../../src/operational-types.js';
import { operationalEventsOf } from '../../src/record/operational-events.js';
import type { AttemptToRecord } from '../../src/record/record-attempts.js';
import { answer, makeHealth, makeOpenDelivery } from '../dispatch/makers.js';
import { makeReport } from '../support/attempt-report.js';
import { makeEvent } from '../send/makers.js';

const ENDED_AT = Date.UTC(2026, 0, 6, 12);
const SINCE = Date.UTC(2026, 0, 1, 12);
const DISABLE_AFTER_MS = 432_000_000;

/** An attempt at a delivery of this type that made the health what it is `after`. */
function attemptOf(type: string, before: HealthColumns = makeHealth(), after: HealthColumns = before): AttemptToRecord {
  const delivery = makeOpenDelivery('d', { event: makeEvent({ id: 'e', organizationId: 'o', type }) });
  return {
    id: 'a',
    epoch: 0,
    delivery,
    number: 10,
    report: makeReport(answer(500), ENDED_AT),
    endedAt: ENDED_AT,
    next: { status: 'FAILED', nextAttemptAt: null },
    health: { before, after, told: healthOf(after, DISABLE_AFTER_MS) },
    askedWaitMs: null,
  };
}

const failing = makeHealth({ failingSince: SINCE, warningCount: 2 });

describe('what is published of an attempt', () => {
  it('names a delivery that has failed for good', () => {
    const events = operationalEventsOf([attemptOf('order.paid')], []);

    expect(events).toEqual([
      {
        organizationId: 'o',
        type: 'delivery_failed',
        publishedAt: ENDED_AT,
        payload: {
          deliveryId: 'd',
          eventId: 'e',
          webhookId: 'w',
          hookId: 'h',
          type: 'order.paid',
          attemptCount: 10,
          failedAt: '2026-01-06T12:00:00.000Z',
        },
      },
    ]);
  });

  it.each<{ type: string; before: HealthColumns; after: HealthColumns; says: Record<string, unknown> }>([
    {
      type: 'hook_failing',
      before: makeHealth({ failingSince: SINCE, warningCount: 1 }),
      after: failing,
      says: { failingSince: '2026-01-01T12:00:00.000Z', disablesAt: '2026-01-06T12:00:00.000Z', warning: 2 },
    },
    {
      type: 'hook_disabled',
      before: failing,
      after: { ...failing, status: 'DISABLED', disabledReason: 'FAILING', statusChangedAt: ENDED_AT },
      says: { reason: 'FAILING', disabledAt: '2026-01-06T12:00:00.000Z' },
    },
    {
      type: 'hook_disabled',
      before: makeHealth(),
      after: makeHealth({ status: 'DISABLED', disabledReason: 'GONE', statusChangedAt: ENDED_AT, failingSince: ENDED_AT }),
      says: { reason: 'GONE', disabledAt: '2026-01-06T12:00:00.000Z' },
    },
    {
      type: 'hook_recovered',
      before: failing,
      after: makeHealth(),
      says: { failedSince: '2026-01-01T12:00:00.000Z', recoveredAt: '2026-01-06T12:00:00.000Z' },
    },
  ])('is $type where the hook has become that', ({ type, before, after, says }) => {
    const events = operationalEventsOf([], [attemptOf('order.paid', before, after)]);

    const payload = { webhookId: 'w', hookId: 'h', type: 'order.paid', ...says };
    expect(events).toEqual([{ organizationId: 'o', type, publishedAt: ENDED_AT, payload }]);
  });

  it('is both where a delivery fails for good and its hook is switched off with it', () => {
    const attempt = attemptOf('order.paid', makeHealth(), makeHealth({ status: 'DISABLED', disabledReason: 'GONE' }));

    const events = operationalEventsOf([attempt], [attempt]);

    expect(events.map(({ type }) => type)).toEqual(['delivery_failed', 'hook_disabled']);
  });

  it.each(operationalTypes)("is nothing where the event was the server's own (%s): it would cause the next one, without end", (type) => {
    const attempt = attemptOf(type, failing, makeHealth());

    expect(operationalEventsOf([attempt], [attempt])).toEqual([]);
  });

  it('is nothing where there is nothing to tell', () => {
    expect(operationalEventsOf([], [])).toEqual([]);
  });
});
