import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { EventSchema } from './event.js';
import { HookSchema } from './hook.js';

export const DeliveryStatus = {
  PENDING: 'PENDING',
  HELD: 'HELD',
  RETRYING: 'RETRYING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];

/**
 * What stands in the table. HELD does not: it is what every open delivery of a paused or disabled hook is, so pausing and
 * resuming a hook with a million of them writes one row, and no crash can leave half of them held.
 */
export type StoredStatus = Exclude<DeliveryStatus, 'HELD'>;

registerEnumType(DeliveryStatus, {
  name: 'DeliveryStatus',
  description: 'Where a delivery stands.',
  valuesConfig: {
    PENDING: { description: 'Not attempted yet, or to be attempted once more because a person said so.' },
    HELD: { description: 'Its hook is paused or disabled; it goes on where it was once the hook is resumed.' },
    RETRYING: { description: 'Attempted without success; the next attempt has its time.' },
    SUCCEEDED: { description: 'The receiver answered with a 2xx status.' },
    FAILED: { description: 'The last attempt of the schedule failed.' },
    CANCELLED: { description: 'Ended by a person, or because its hook was removed or its webhook deleted.' },
  },
});

/** Those that nothing but a person changes. */
export const finalStatuses = ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const satisfies StoredStatus[];

export function isFinal(status: DeliveryStatus): boolean {
  return (finalStatuses as readonly DeliveryStatus[]).includes(status);
}

/**
 * When a delivery is due that waits for the one before it (`Ordering`): after all time, in milliseconds since the epoch.
 * The end of the one before brings it forward. So "open" and "has a next attempt" stay the same thing, in every index too.
 */
export const AFTER_ANOTHER = 8_640_000_000_000_000;

export const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'deliveries',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.uuid(),
    webhookId: p.uuid(),
    hookId: p.manyToOne(HookSchema).mapToPk().fieldName('hook_id').index(false),
    eventId: p.manyToOne(EventSchema).mapToPk().fieldName('event_id').index(),
    status: p.text().$type<StoredStatus>(),
    attemptCount: p.integer(),
    /** Null once the delivery is final; `AFTER_ANOTHER` while it waits for the one before it. */
    nextAttemptAt: p.bigint('number').nullable(),
    /** Of the deliveries of a hook with the same key, one at a time is due; null where it waits for none, empty for a STRICT hook. */
    orderingKey: p.text().nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  indexes: [
    { properties: ['organizationId', 'id'] },
    { properties: ['webhookId', 'id'] },
    { properties: ['hookId', 'id'] },
    // The queue: a hook's open deliveries by the time they are due, first attempts and retries apart, so that neither hides the
    // other. Final ones are not in it, so it stays small.
    {
      name: 'deliveries_open_index',
      expression: `create index "deliveries_open_index" on "deliveries" ("hook_id", "status", "next_attempt_at", "id") where "next_attempt_at" is not null`,
    },
    // Those that wait for each other, in their order.
    {
      name: 'deliveries_order_index',
      expression: `create index "deliveries_order_index" on "deliveries" ("hook_id", "ordering_key", "id") where "ordering_key" is not null and "next_attempt_at" is not null`,
    },
    // The rule itself: of one key, one is due at a time.
    {
      name: 'deliveries_head_unique',
      expression: `create unique index "deliveries_head_unique" on "deliveries" ("hook_id", "ordering_key") where "ordering_key" is not null and "next_attempt_at" < ${AFTER_ANOTHER}`,
    },
  ],
});

@ObjectType({ description: 'One event owed to one hook.' })
export class Delivery extends DeliverySchema.class {
  @Field(() => ID, { description: 'The id of the delivery; receivers find it as the `webhook-id` header, the same on every retry.' })
  override id!: string;

  // What these come to is said by the resolver.
  override status!: StoredStatus;
  override nextAttemptAt!: number | null;
  override orderingKey!: string | null;

  @Field(() => Int, { description: 'How many attempts have been made.' })
  override attemptCount!: number;

  @Field(() => GraphQLDateTime, { description: 'When the event was published.' })
  override createdAt!: number;

  @Field(() => GraphQLDateTime, { description: 'When its state last changed.' })
  override updatedAt!: number;
}

DeliverySchema.setClass(Delivery);
