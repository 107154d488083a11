import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { OrganizationSchema } from './organization.js';

export const Scope = { READ: 'READ', PUBLISH: 'PUBLISH', MANAGE: 'MANAGE', SECRETS: 'SECRETS' } as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

registerEnumType(Scope, {
  name: 'Scope',
  description: 'What a key may do, within its organization.',
  valuesConfig: {
    READ: { description: 'Query and subscribe to everything but secrets, and make stream tokens.' },
    PUBLISH: { description: 'Publish events, and nothing else: not even read what becomes of them.' },
    MANAGE: { description: 'Change webhooks, hooks, event types and deliveries. It includes READ.' },
    SECRETS: { description: 'See signing secrets, where READ shows the webhook. By itself it opens nothing.' },
  },
});

export const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    name: p.text(),
    /** SHA-256 of the key, in hex. The key itself is nowhere. */
    hash: p.text().unique(),
    hint: p.text(),
    scopes: p.json<Scope[]>().columnType('json'),
    createdAt: p.bigint('number'),
    expiresAt: p.bigint('number').nullable(),
    revokedAt: p.bigint('number').nullable(),
    lastUsedAt: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['organizationId', 'id'] }],
});

@ObjectType({
  description: 'A key by which a program calls the API for one organization. The key itself was shown once, when it was made.',
})
export class ApiKey extends ApiKeySchema.class {
  @Field(() => ID, { description: 'The id by which `revokeApiKey` names this key.' })
  override id!: string;

  @Field(() => String, { description: 'A name for people: what the key is for.' })
  override name!: string;

  @Field(() => String, { description: 'How the key begins, by which to tell it from others.' })
  override hint!: string;

  @Field(() => [Scope], { description: 'What the key may do.' })
  override scopes!: Scope[];

  @Field(() => GraphQLDateTime, { description: 'When the key was made.' })
  override createdAt!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From when on the key is refused; null where it never runs out.' })
  override expiresAt!: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key was revoked; null while it is not.' })
  override revokedAt!: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the key, or a stream token made with it, was last used, to within a minute; null where it never was.',
  })
  override lastUsedAt!: number | null;
}

ApiKeySchema.setClass(ApiKey);
