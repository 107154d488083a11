const aboutHook = {
  webhookId: '01a20bd0-04d4-7000-b1cd-8c38328bb05a',
  hookId: '01a20bd0-04d4-7001-a2be-77f0c61b4f2d',
  type: 'order_created',
};

/** The event types that are in every organization's catalog from the start. The last four come from the server itself. */
export const builtInEventTypes: ReadonlyArray<{ name: string; description: string; example: unknown }> = [
  {
    name: 'event_created',
    description: 'An event was created.',
    example: { eventId: 'evt-1042', name: 'Summer concert', startsAt: '2026-07-04T19:30:00Z' },
  },
  { name: 'event_removed', description: 'An event was removed.', example: { eventId: 'evt-1042' } },
  { name: 'event_updated', description: 'An event was changed.', example: { eventId: 'evt-1042', name: 'Summer concert, second night' } },
  {
    name: 'order_created',
    description: 'An order was placed.',
    example: { orderId: 'ord-77', eventId: 'evt-1042', total: { amount: '59.80', currency: 'EUR' } },
  },
  { name: 'order_removed', description: 'An order was removed.', example: { orderId: 'ord-77' } },
  { name: 'order_updated', description: 'An order was changed.', example: { orderId: 'ord-77', seats: ['A12', 'A13'] } },
  { name: 'order_cancelled', description: 'An order was cancelled.', example: { orderId: 'ord-77', reason: 'refund' } },
  {
    name: 'hook_failing',
    description: 'Every attempt of a hook has failed for a while. Told again from time to time, until it recovers or is switched off.',
    example: {
      ...aboutHook,
      failingSince: '2026-07-04T19:30:00.000Z',
      disablesAt: '2026-07-09T19:30:00.000Z',
      warning: 1,
    },
  },
  {
    name: 'hook_disabled',
    description: 'A hook was switched off: its receiver is gone (GONE), or every attempt has failed for too long (FAILING).',
    example: { ...aboutHook, reason: 'FAILING', disabledAt: '2026-07-09T19:31:12.000Z' },
  },
  {
    name: 'hook_recovered',
    description: 'A hook that was failing has succeeded again.',
    example: { ...aboutHook, failedSince: '2026-07-04T19:30:00.000Z', recoveredAt: '2026-07-05T08:02:41.000Z' },
  },
  {
    name: 'delivery_failed',
    description: 'A delivery has failed for good: the last attempt of its schedule failed.',
    example: {
      deliveryId: '01a20bd0-04d4-7003-9a11-30e1c7a5e2c4',
      eventId: '01a20bd0-04d4-7002-8f0e-5d6a2b9c0d1e',
      ...aboutHook,
      attemptCount: 10,
      failedAt: '2026-07-07T22:05:00.000Z',
    },
  },
];
