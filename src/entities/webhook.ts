import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { OrganizationSchema } from './organization.js';
import type { SealedText } from './sealed-text.js';

export const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    name: p.text(),
    description: p.text(),
    /** Empty once the webhook is deleted. */
    signingSecret: p.text().$type<SealedText | ''>(),
    /** Rises with each change, so that whoever saves what he has read a while ago overwrites nobody. */
    version: p.integer().default(1),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
    /** Set once it is deleted; the row stays, for the record of its deliveries. */
    deletedAt: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['organizationId', 'id'] }],
});

@ObjectType({ description: 'A named set of hooks that share one authentication and one signing secret.' })
export class Webhook extends WebhookSchema.class {
  @Field(() => ID, { description: 'The id by which other calls name this webhook.' })
  override id!: string;

  @Field(() => String, { description: 'A name for people; it need not be unique.' })
  override name!: string;

  @Field(() => String, { description: 'What the webhook is for; may be empty.' })
  override description!: string;

  @Field(() => Int, {
    description:
      'Rises with each change of the webhook, its hooks or its authentication. Give it to `updateWebhook`, so that you overwrite what you have seen and nothing else.',
  })
  override version!: number;

  @Field(() => GraphQLDateTime, { description: 'When the webhook was made.' })
  override createdAt!: number;

  @Field(() => GraphQLDateTime, { description: 'When the webhook, its hooks or its authentication last changed.' })
  override updatedAt!: number;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the webhook was deleted; null while it is in use.' })
  override deletedAt!: number | null;
}

WebhookSchema.setClass(Webhook);
