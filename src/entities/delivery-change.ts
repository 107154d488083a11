import { defineEntity, p } from '@mikro-orm/core';
import { SequenceType } from './column-types.js';
import type { StoredStatus } from './delivery.js';

/**
 * The log that the live stream follows: one row for each change of a delivery's state, in the order of commits.
 * `sequence` is what a subscriber's cursor stands for.
 */
export const DeliveryChangeSchema = defineEntity({
  name: 'DeliveryChange',
  tableName: 'delivery_changes',
  properties: {
    sequence: p.type(SequenceType).primary().autoincrement(),
    organizationId: p.uuid(),
    webhookId: p.uuid(),
    hookId: p.uuid(),
    eventId: p.uuid(),
    deliveryId: p.uuid(),
    type: p.text(),
    /** The delivery's status after the change. */
    status: p.text().$type<StoredStatus>(),
    /** The attempt that made the change; null where none did, as in a cancellation. */
    attemptId: p.uuid().nullable(),
    changedAt: p.bigint('number'),
  },
  indexes: [{ properties: ['organizationId', 'sequence'] }, { properties: ['eventId', 'sequence'] }],
});

export class DeliveryChange extends DeliveryChangeSchema.class {}

DeliveryChangeSchema.setClass(DeliveryChange);
