import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { HttpMethod as Method } from '../send/attempt.js';
import type { DisabledReason } from './hook-health.js';
import { OrganizationSchema } from './organization.js';
import { RateLimit } from './rate-limit.js';
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

export const HookStatus = { ACTIVE: 'ACTIVE', PAUSED: 'PAUSED', DISABLED: 'DISABLED', REMOVED: 'REMOVED' } as const;
export type HookStatus = (typeof HookStatus)[keyof typeof HookStatus];

registerEnumType(HookStatus, {
  name: 'HookStatus',
  description: 'Whether a hook takes part in publishing, and whether its deliveries are sent.',
  valuesConfig: {
    ACTIVE: { description: 'Each event of its type makes a delivery, which is sent.' },
    PAUSED: { description: 'Paused by a person: each event of its type makes a delivery, which is held until the hook is resumed.' },
    DISABLED: {
      description: 'Switched off by the server: each event of its type makes a delivery, which is held until a person resumes the hook.',
    },
    REMOVED: { description: 'Taken out of its webhook, or its webhook was deleted; kept for the record of its deliveries.' },
  },
});

/** The statuses of hooks that are owed deliveries. */
export const statusesInUse: readonly HookStatus[] = ['ACTIVE', 'PAUSED', 'DISABLED'];

/** Whether the open deliveries of a hook with this status wait for a person. */
export function isHeld(status: HookStatus): boolean {
  return status === 'PAUSED' || status === 'DISABLED';
}

export const Ordering = { NONE: 'NONE', BY_KEY: 'BY_KEY', STRICT: 'STRICT' } as const;
export type Ordering = (typeof Ordering)[keyof typeof Ordering];

registerEnumType(Ordering, {
  name: 'Ordering',
  description:
    "Whether a hook's deliveries wait for each other. Holds for events published from its setting on. Of calls that publish at the same time, any may be the first.",
  valuesConfig: {
    NONE: { description: 'They go side by side, those published first in front, and retries come when they are due.' },
    BY_KEY: {
      description:
        'Those of events with the same ordering key go one after the other, in the order published: each waits until the one before has succeeded, failed for good or was cancelled. A failing one holds only its own key, and events without a key wait for none.',
    },
    STRICT: { description: 'All go one after the other, in the order published: each waits until the one before is final.' },
  },
});

/** How many attempts of a hook may be under way at once where nothing else is set. */
export const DEFAULT_IN_FLIGHT_LIMIT = 16;

export const HookSchema = defineEntity({
  name: 'Hook',
  tableName: 'hooks',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    webhookId: p.manyToOne(WebhookSchema).mapToPk().fieldName('webhook_id').index(false),
    type: p.text(),
    method: p.text().$type<Method>(),
    endpoint: p.text(),
    status: p.text().$type<HookStatus>(),
    /** Its place in the webhook's list, so that the document comes out in the order it went in. */
    position: p.integer(),
    inFlightLimit: p.integer().default(DEFAULT_IN_FLIGHT_LIMIT),
    rateLimit: p.json<RateLimit>().columnType('json').nullable(),
    ordering: p.text().$type<Ordering>().default('NONE'),
    statusChangedAt: p.bigint('number').default(0),
    /** Why it is DISABLED; null while it is not. */
    disabledReason: p.text().$type<DisabledReason>().nullable(),
    /** The start of the first of its attempts that have all failed since; null after a success. */
    failingSince: p.bigint('number').nullable(),
    /** How many warnings of its failing have been given; from the first one on it counts as failing. */
    warningCount: p.integer().default(0),
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

  @Field(() => Int, { description: 'How many of its requests may be under way at once.' })
  override inFlightLimit!: number;

  @Field(() => RateLimit, { nullable: true, description: 'How many requests it may get in a time; null where there is no limit.' })
  override rateLimit!: RateLimit | null;

  @Field(() => Ordering, { description: 'Whether its deliveries wait for each other.' })
  override ordering!: Ordering;

  // Shown as its health.
  override disabledReason!: DisabledReason | null;
  override failingSince!: number | null;

  @Field(() => GraphQLDateTime, { description: 'When the hook was made.' })
  override createdAt!: number;
}

HookSchema.setClass(Hook);
