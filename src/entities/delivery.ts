import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { EventSchema } from './event.js';
import { HookSchema } from './hook.js';

export const DeliveryStatus = {
  PENDING: 'PENDING',
  RETRYING: 'RETRYING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];

registerEnumType(DeliveryStatus, {
  name: 'DeliveryStatus',
  description: 'Where a delivery stands.',
  valuesConfig: {
    PENDING: { description: 'Not attempted yet.' },
    RETRYING: { description: 'Attempted without success; the next attempt has its time.' },
    SUCCEEDED: { description: 'The receiver answered with a 2xx status.' },
    FAILED: { description: 'The last attempt of the schedule failed.' },
    CANCELLED: { description: 'Ended because its hook was removed or its webhook deleted.' },
  },
});

/** Those that nothing but a person changes. */
export const finalStatuses = ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const satisfies DeliveryStatus[];

export function isFinal(status: DeliveryStatus): boolean {
  return (finalStatuses as readonly DeliveryStatus[]).includes(status);
}

export const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'deliveries',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.uuid(),
    webhookId: p.uuid(),
    hookId: p.manyToOne(HookSchema).mapToPk().fieldName('hook_id').index(false),
    eventId: p.manyToOne(EventSchema).mapToPk().fieldName('event_id'),
    status: p.string().$type<DeliveryStatus>(),
    attemptCount: p.integer(),
    /** Null once the delivery is final. */
    nextAttemptAt: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  indexes: [
    { properties: ['organizationId', 'id'] },
    { properties: ['webhookId', 'id'] },
    { properties: ['hookId', 'id'] },
    // The queue: a hook's open deliveries by the time they are due. Final ones are not in it, so it stays small.
    {
      name: 'deliveries_due_index',
      expression: `create index "deliveries_due_index" on "deliveries" ("hook_id", "next_attempt_at", "id") where "next_attempt_at" is not null`,
    },
  ],
});

@ObjectType({ description: 'One event owed to one hook.' })
export class Delivery extends DeliverySchema.class {
  @Field(() => ID, { description: 'The id of the delivery; receivers find it as the `webhook-id` header, the same on every retry.' })
  override id!: string;

  @Field(() => DeliveryStatus, { description: 'Where it stands.' })
  override status!: DeliveryStatus;

  @Field(() => Int, { description: 'How many attempts have been made.' })
  override attemptCount!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the next attempt is due; null once the delivery is final.' })
  override nextAttemptAt!: number | null;

  @Field(() => GraphQLDateTime, { description: 'When the event was published.' })
  override createdAt!: number;

  @Field(() => GraphQLDateTime, { description: 'When its state last changed.' })
  override updatedAt!: number;
}

DeliverySchema.setClass(Delivery);
