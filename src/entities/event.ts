import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { OrganizationSchema } from './organization.js';

export const EventSchema = defineEntity({
  name: 'Event',
  tableName: 'events',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    type: p.text(),
    /** JSON text as it was accepted, sealed or in plain (`StoredPayloads`): it is spliced into each request, never parsed and written anew. */
    payload: p.text(),
    orderingKey: p.text().nullable(),
    isTest: p.boolean().default(false),
    createdAt: p.bigint('number'),
  },
  indexes: [{ properties: ['organizationId', 'id'] }],
});

@ObjectType({ description: 'Something that happened, as it was published. It never changes.' })
export class Event extends EventSchema.class {
  @Field(() => ID, { description: 'The id of the event; receivers find it as `id` in the body.' })
  override id!: string;

  @Field(() => String, { description: 'Its event type.' })
  override type!: string;

  @Field(() => String, { nullable: true, description: 'The ordering key it was published with; null where there was none.' })
  override orderingKey!: string | null;

  @Field(() => Boolean, { description: 'Whether it was made by `sendTestEvent`; receivers find `"test": true` in the body.' })
  override isTest!: boolean;

  @Field(() => GraphQLDateTime, { description: 'When it was published.' })
  override createdAt!: number;
}

EventSchema.setClass(Event);
