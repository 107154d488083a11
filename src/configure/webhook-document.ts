import { z } from 'zod';
import type { Authentication } from '../entities/authentication.js';
import type { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import { type Checked, check } from './find-faults.js';
import { type FieldSchemas, hookList } from './field-schemas.js';
import { MASKED_SECRET, type WebhookDraft } from './webhook-draft.js';

/**
 * The configuration document: a webhook in the words of its user. `organizationId` may stand in it; the last three keys
 * of the authentication are there only where they say something.
 */
export interface WebhookDocument {
  name: string;
  description: string;
  organizationId?: string;
  hooks: Array<{ type: string; method: string; endpoint: string }>;
  authentication: AuthenticationDocument | null;
}

interface AuthenticationDocument {
  grant_type: string;
  endpoint: string;
  credentials: { client_id: string; client_secret: string };
  header_format: string;
  header_value_format: string;
  scope?: string;
  audience?: string;
  client_authentication?: 'basic' | 'body';
}

/** What a document asks for. */
export interface ReadDocument {
  organizationId: string | undefined;
  draft: WebhookDraft;
}

/** Reads documents: each fault is told with its path (`hooks[3].endpoint`), unknown keys are faults. */
export function documentReader(fields: FieldSchemas): (document: unknown) => Checked<ReadDocument> {
  const schema = documentSchema(fields);
  return (document) => check(schema, document, '');
}

function documentSchema(fields: FieldSchemas) {
  const hook = z.strictObject({ type: fields.eventTypeName, method: z.enum(['POST', 'PUT', 'PATCH']), endpoint: fields.endpoint });
  const authentication = z
    .strictObject({
      grant_type: z.literal('client_credentials'),
      endpoint: fields.endpoint,
      credentials: z.strictObject({ client_id: fields.clientId, client_secret: fields.clientSecret }),
      header_format: fields.headerFormat,
      header_value_format: fields.headerValueFormat,
      scope: fields.scope.optional(),
      audience: fields.audience.optional(),
      client_authentication: z.enum(['basic', 'body']).optional(),
    })
    .transform((document) => ({
      grantType: document.grant_type,
      endpoint: document.endpoint,
      clientId: document.credentials.client_id,
      clientSecret: document.credentials.client_secret,
      clientAuthentication: document.client_authentication === 'body' ? ('BODY' as const) : ('BASIC' as const),
      scope: document.scope ?? null,
      audience: document.audience ?? null,
      headerFormat: document.header_format,
      headerValueFormat: document.header_value_format,
    }));

  return z
    .strictObject({
      name: fields.name,
      description: fields.description,
      organizationId: z.string().optional(),
      hooks: hookList(hook),
      authentication: authentication.nullable(),
    })
    .transform(({ organizationId, ...draft }) => ({ organizationId, draft }));
}

/** The document of a saved webhook, its keys in the order of the format, the secret masked. Hooks come in their order. */
export function writeDocument(webhook: Webhook, hooks: readonly Hook[], authentication: Authentication | null): WebhookDocument {
  return {
    name: webhook.name,
    description: webhook.description,
    hooks: hooks.map(({ type, method, endpoint }) => ({ type, method, endpoint })),
    authentication: authentication === null ? null : writeAuthentication(authentication),
  };
}

function writeAuthentication(authentication: Authentication): AuthenticationDocument {
  return {
    grant_type: authentication.grantType,
    endpoint: authentication.endpoint,
    credentials: { client_id: authentication.clientId, client_secret: MASKED_SECRET },
    header_format: authentication.headerFormat,
    header_value_format: authentication.headerValueFormat,
    ...(authentication.scope === null ? {} : { scope: authentication.scope }),
    ...(authentication.audience === null ? {} : { audience: authentication.audience }),
    ...(authentication.clientAuthentication === 'BASIC' ? {} : { client_authentication: 'body' as const }),
  };
}
