/** The event types that are in every organization's catalog from the start. */
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
];
