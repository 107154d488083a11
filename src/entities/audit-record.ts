import { defineEntity, p } from '@mikro-orm/core';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { JsonScalar } from '../json/json-scalar.js';

export const AuditAction = {
  ORGANIZATION_CREATED: 'ORGANIZATION_CREATED',
  EVENT_TYPE_REGISTERED: 'EVENT_TYPE_REGISTERED',
  WEBHOOK_CREATED: 'WEBHOOK_CREATED',
  WEBHOOK_IMPORTED: 'WEBHOOK_IMPORTED',
  WEBHOOK_UPDATED: 'WEBHOOK_UPDATED',
  WEBHOOK_DELETED: 'WEBHOOK_DELETED',
  HOOK_PAUSED: 'HOOK_PAUSED',
  HOOK_RESUMED: 'HOOK_RESUMED',
  API_KEY_CREATED: 'API_KEY_CREATED',
  API_KEY_REVOKED: 'API_KEY_REVOKED',
  STREAM_TOKEN_CREATED: 'STREAM_TOKEN_CREATED',
} as const;
export type AuditAction = (typeof AuditAction)[keyof typeof AuditAction];

registerEnumType(AuditAction, {
  name: 'AuditAction',
  description: 'What was done, by a mutation.',
  valuesConfig: {
    ORGANIZATION_CREATED: { description: 'By `createOrganization`.' },
    EVENT_TYPE_REGISTERED: { description: 'By `registerEventType`: a type is new in the catalog, or was changed.' },
    WEBHOOK_CREATED: { description: 'By `createWebhook`.' },
    WEBHOOK_IMPORTED: { description: 'By `importWebhook`: a webhook was made from a document.' },
    WEBHOOK_UPDATED: { description: 'By `updateWebhook`.' },
    WEBHOOK_DELETED: { description: 'By `deleteWebhook`.' },
    HOOK_PAUSED: { description: 'By `pauseHook`.' },
    HOOK_RESUMED: { description: 'By `resumeHook`.' },
    API_KEY_CREATED: { description: 'By `createApiKey`.' },
    API_KEY_REVOKED: { description: 'By `revokeApiKey`.' },
    STREAM_TOKEN_CREATED: { description: 'By `createStreamToken`.' },
  },
});

export const AuditActorKind = { ADMIN: 'ADMIN', API_KEY: 'API_KEY', STREAM_TOKEN: 'STREAM_TOKEN' } as const;
export type AuditActorKind = (typeof AuditActorKind)[keyof typeof AuditActorKind];

registerEnumType(AuditActorKind, {
  name: 'AuditActorKind',
  description: 'By what kind of key a change was made.',
  valuesConfig: {
    ADMIN: { description: 'The admin key.' },
    API_KEY: { description: 'A key of the organization.' },
    STREAM_TOKEN: { description: 'A stream token. So far none may change anything.' },
  },
});

export const AuditSubjectKind = {
  ORGANIZATION: 'ORGANIZATION',
  EVENT_TYPE: 'EVENT_TYPE',
  WEBHOOK: 'WEBHOOK',
  HOOK: 'HOOK',
  API_KEY: 'API_KEY',
  STREAM_TOKEN: 'STREAM_TOKEN',
} as const;
export type AuditSubjectKind = (typeof AuditSubjectKind)[keyof typeof AuditSubjectKind];

registerEnumType(AuditSubjectKind, {
  name: 'AuditSubjectKind',
  description: 'What kind of thing was changed.',
  valuesConfig: {
    ORGANIZATION: { description: 'The organization itself.' },
    EVENT_TYPE: { description: 'A type of its catalog.' },
    WEBHOOK: { description: 'A webhook with its hooks and its authentication.' },
    HOOK: { description: 'A single hook.' },
    API_KEY: { description: 'A key.' },
    STREAM_TOKEN: { description: 'A stream token.' },
  },
});

@ObjectType({ description: 'Who made a change: the key that the call came with, as it was then.' })
export class AuditActor {
  @Field(() => AuditActorKind, { description: 'What kind of key it was.' })
  kind!: AuditActorKind;

  @Field(() => ID, { nullable: true, description: 'The id of the key; null for the admin.' })
  id!: string | null;

  @Field(() => String, { nullable: true, description: 'What the key was called; null for the admin.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'How the key begins; null for the admin.' })
  hint!: string | null;
}

@ObjectType({ description: 'What was changed.' })
export class AuditSubject {
  @Field(() => AuditSubjectKind, { description: 'What kind of thing it is.' })
  kind!: AuditSubjectKind;

  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What it is called since; null where it has no name.' })
  name!: string | null;
}

/** One change of configuration, keys or secrets. It refers to nothing that might go before it. */
export const AuditRecordSchema = defineEntity({
  name: 'AuditRecord',
  tableName: 'audit_records',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.uuid(),
    changedAt: p.bigint('number'),
    action: p.text().$type<AuditAction>(),
    actor: p.json<AuditActor>().columnType('json'),
    address: p.text().nullable(),
    subject: p.json<AuditSubject>().columnType('json'),
    before: p.json<object>().columnType('json').nullable(),
    after: p.json<object>().columnType('json').nullable(),
  },
  indexes: [{ properties: ['organizationId', 'id'] }],
});

@ObjectType({ description: 'A record of the audit log: who changed what, when, from where, and how. Secrets are masked.' })
export class AuditRecord extends AuditRecordSchema.class {
  @Field(() => ID, { description: 'The id of the record.' })
  override id!: string;

  @Field(() => GraphQLDateTime, { description: 'When the change was made.' })
  override changedAt!: number;

  @Field(() => AuditAction, { description: 'What was done.' })
  override action!: AuditAction;

  @Field(() => AuditActor, { description: 'By whom.' })
  override actor!: AuditActor;

  @Field(() => String, {
    nullable: true,
    description: 'The IP address that the call came from; of a proxy where `TRUSTED_PROXIES` does not name it. Null where it is not known.',
  })
  override address!: string | null;

  @Field(() => AuditSubject, { description: 'What was changed.' })
  override subject!: AuditSubject;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'What has changed, as it was; null where the subject is new. A webhook is shown as its `version` and its configuration document.',
  })
  override before!: object | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'What has changed, as it is since; null where the subject was deleted. A client secret that is another one is `******** (changed)`, and so is what stands beside the access token, with its own mask.',
  })
  override after!: object | null;
}

AuditRecordSchema.setClass(AuditRecord);
