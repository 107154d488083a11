import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { JsonScalar } from '../json/json-scalar.js';
import { OrganizationSchema } from './organization.js';

export const EventTypeSchema = defineEntity({
  name: 'EventType',
  tableName: 'event_types',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    name: p.text(),
    description: p.text(),
    schema: p.json<JsonSchema>().columnType('json').nullable(),
    example: p.json<unknown>().columnType('json').nullable(),
    /** Rises with each change, so that a schema is compiled once for each version. */
    version: p.integer(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  uniques: [{ properties: ['organizationId', 'name'] }],
});

/** A JSON Schema: an object, or true or false. */
export type JsonSchema = Record<string, unknown> | boolean;

@ObjectType({ description: "A kind of event in an organization's catalog, such as `order_created`." })
export class EventType extends EventTypeSchema.class {
  @Field(() => ID, { description: 'The id of this entry of the catalog.' })
  override id!: string;

  @Field(() => String, { description: 'The name that hooks and `publishEvent` use.' })
  override name!: string;

  @Field(() => String, { description: 'What an event of this type tells, for people.' })
  override description!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The JSON Schema (draft 2020-12) that payloads must satisfy; null when every payload is taken.',
  })
  override schema!: JsonSchema | null;

  @Field(() => JsonScalar, { nullable: true, description: 'An example of a payload.' })
  override example!: unknown;

  @Field(() => GraphQLDateTime, { description: 'When the type came into the catalog.' })
  override createdAt!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was last registered anew.' })
  override updatedAt!: number;
}

EventTypeSchema.setClass(EventType);
