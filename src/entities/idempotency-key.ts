import { defineEntity, p } from '@mikro-orm/core';
import { EventSchema } from './event.js';

/** The key a publisher gave an event, so that the same publish sent again finds the event instead of making another. */
export const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    organizationId: p.uuid().primary(),
    key: p.text().primary(),
    eventId: p.manyToOne(EventSchema).mapToPk().fieldName('event_id').index(),
    createdAt: p.bigint('number'),
  },
  // By which those that have run out are found.
  indexes: [{ properties: ['createdAt'] }],
});

export class IdempotencyKey extends IdempotencyKeySchema.class {}

IdempotencyKeySchema.setClass(IdempotencyKey);
