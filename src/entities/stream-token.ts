import { defineEntity, p } from '@mikro-orm/core';
import { ApiKeySchema } from './api-key.js';
import { OrganizationSchema } from './organization.js';

/** A short-lived leave to read and subscribe, for a browser. */
export const StreamTokenSchema = defineEntity({
  name: 'StreamToken',
  tableName: 'stream_tokens',
  properties: {
    id: p.uuid().primary(),
    organizationId: p.manyToOne(OrganizationSchema).mapToPk().fieldName('organization_id').index(false),
    /** The one webhook it is for; null for the whole organization. */
    webhookId: p.uuid().nullable(),
    /** The key it was made with, and ends with; null where the admin made it. */
    apiKeyId: p.manyToOne(ApiKeySchema).mapToPk().fieldName('api_key_id').nullable().index(false).deleteRule('cascade'),
    /** SHA-256 of the token, in hex. */
    hash: p.text().unique(),
    createdAt: p.bigint('number'),
    expiresAt: p.bigint('number'),
  },
  // By which those that have run out are found.
  indexes: [{ properties: ['expiresAt'] }],
});

export class StreamToken extends StreamTokenSchema.class {}

StreamTokenSchema.setClass(StreamToken);
