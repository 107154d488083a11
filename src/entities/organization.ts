import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';

export const OrganizationSchema = defineEntity({
  name: 'Organization',
  tableName: 'organizations',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    createdAt: p.bigint('number'),
    /** Another id with each change of its event types and hooks, by which servers know that what they hold of them is true. */
    catalogVersion: p.uuid().nullable(),
  },
});

@ObjectType({
  description: 'A tenant: the owner of webhooks, event types, events and deliveries. Nothing of one organization is visible to another.',
})
export class Organization extends OrganizationSchema.class {
  @Field(() => ID, { description: 'The id by which other calls name this organization.' })
  override id!: string;

  @Field(() => String, { description: 'A name for people; it need not be unique.' })
  override name!: string;

  @Field(() => GraphQLDateTime, { description: 'When the organization was made.' })
  override createdAt!: number;
}

OrganizationSchema.setClass(Organization);
