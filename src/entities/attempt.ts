import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { SentRequest, Timing } from '../send/attempt.js';
import type { Outcome } from '../send/outcome.js';
import { MeasureType } from './column-types.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { AttemptTiming } from './attempt-timing.js';
import { DeliverySchema } from './delivery.js';

export const AttemptSchema = defineEntity({
  name: 'Attempt',
  tableName: 'attempts',
  properties: {
    id: p.uuid().primary(),
    deliveryId: p.manyToOne(DeliverySchema).mapToPk().fieldName('delivery_id').index(false),
    number: p.integer(),
    startedAt: p.bigint('number'),
    durationMs: p.type(MeasureType),
    timing: p.json<Timing>().columnType('json'),
    request: p.json<SentRequest & { tokenRenewed: boolean }>().columnType('json'),
    outcome: p.json<Outcome>().columnType('json'),
  },
  indexes: [{ properties: ['deliveryId', 'number'] }],
});

@ObjectType({ description: 'One HTTP try of a delivery and what came of it. It never changes.' })
export class Attempt extends AttemptSchema.class {
  @Field(() => ID, { description: 'The id of the attempt.' })
  override id!: string;

  @Field(() => Int, { description: 'Its number among the attempts of its delivery, from 1.' })
  override number!: number;

  @Field(() => GraphQLDateTime, { description: 'When it began.' })
  override startedAt!: number;

  @Field(() => Float, { description: 'How long it took, the fetching of a token included, in milliseconds.' })
  override durationMs!: number;

  @Field(() => AttemptTiming, { description: 'Where the time went.' })
  override timing!: Timing;

  @Field(() => AttemptOutcome, { description: 'What came of it.' })
  override outcome!: Outcome;
}

AttemptSchema.setClass(Attempt);
