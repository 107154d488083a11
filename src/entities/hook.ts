import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { HttpMethod as Method } from '../send/attempt.js';
import { OrganizationSchema } from './organization.js';
import { WebhookSchema } from './webhook.js';

export const HttpMethod = { POST: 'POST', PUT: 'PUT', PATCH: 'PATCH' } as const satisfies Record<Method, Method>;

registerEnumType(HttpMethod, {
  name: 'HttpMethod',
  description: "The HTTP method of a hook's requests.",
  valuesConfig: {
    POST: { description: 'POST (RFC 9110, section 9.3.3), what webhooks commonly use.' },
    PUT: { description: 'PUT (RFC 9110, section 9.3.4).' },
    PATCH: { description: 'PATCH (RFC 5789).' },
  },
});

export const HookStatus = { ACTIVE: 'ACTIVE', REMOVED: 'REMOVED' } as const;
export type HookStatus = (typeof HookStatus)[keyof typeof HookStatus];

registerEnumType(HookStatus, {
  name: 'HookStatus',
  description: 'Whether a hook takes part in publishing.',
  valuesConfig: {
    ACTIVE: { description: 'Each event of its type makes a delivery.' },
    REMOVED: { description: 'Taken out of its webhook, or its webhook was deleted; kept for the record of its deliveries.' },
  },
});

export const HookSchema = defineEntity({
  name: 'Hook',
  tableName: 'hooks',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    webhookId: p.manyToOne(WebhookSchema).mapToPk().fieldName('webhook_id').index(false),
    type: p.string(),
    method: p.string().$type<Method>(),
    endpoint: p.text(),
    status: p.string().$type<HookStatus>(),
    /** Its place in the webhook's list, so that the document comes out in the order it went in. */
    position: p.integer(),
    createdAt: p.bigint('number'),
  },
  // The first is what a publish asks, the second what a webhook lists.
  indexes: [{ properties: ['organizationId', 'type', 'status'] }, { properties: ['webhookId', 'position'] }],
});

@ObjectType({ description: 'One event type of a webhook, and the method and endpoint by which its receiver is told.' })
export class Hook extends HookSchema.class {
  @Field(() => ID, { description: 'The id by which other calls name this hook.' })
  override id!: string;

  @Field(() => String, { description: 'The event type it waits for.' })
  override type!: string;

  @Field(() => HttpMethod, { description: 'The method of its requests.' })
  override method!: Method;

  @Field(() => String, { description: 'The URL its requests go to.' })
  override endpoint!: string;

  @Field(() => HookStatus, { description: 'Whether it takes part in publishing.' })
  override status!: HookStatus;

  @Field(() => GraphQLDateTime, { description: 'When the hook was made.' })
  override createdAt!: number;
}

HookSchema.setClass(Hook);
