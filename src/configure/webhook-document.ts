import { z } from 'zod';
import type { ExtraParameter } from '../send/attempt.js';
import type { Authentication } from '../entities/authentication.js';
import type { Hook } from '../entities/hook.js';
import type { Webhook } from '../entities/webhook.js';
import { type Checked, check } from './find-faults.js';
import { type FieldSchemas, hookList } from './field-schemas.js';
import { defaultHookSettings, MASKED_SECRET, type WebhookDraft } from './webhook-draft.js';

/**
 * The configuration document: a webhook in the words of its user. `organizationId` may stand in it; the last three keys
 * of a hook and the last five of the authentication are there only where they say something.
 */
export interface WebhookDocument {
  name: string;
  description: string;
  organizationId?: string;
  hooks: HookDocument[];
  authentication: AuthenticationDocument | null;
}

interface HookDocument {
  type: string;
  method: string;
  endpoint: string;
  in_flight_limit?: number;
  rate_limit?: { deliveries: number; per: 'second' | 'minute' };
  ordering?: 'none' | 'by_key' | 'strict';
}

interface AuthenticationDocument {
  grant_type: string;
  endpoint: string;
  credentials: { client_id: string; client_secret: string };
  header_format: string;
  header_value_format: string;
  scope?: string;
  audience?: string;
  resource?: string[];
  extra_parameters?: ExtraParameter[];
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
  const hook = z
    .strictObject({
      type: fields.eventTypeName,
      method: z.enum(['POST', 'PUT', 'PATCH']),
      endpoint: fields.endpoint,
      in_flight_limit: fields.inFlightLimit.optional(),
      rate_limit: z.strictObject({ deliveries: fields.rateDeliveries, per: z.enum(['second', 'minute']) }).optional(),
      ordering: z.enum(['none', 'by_key', 'strict']).optional(),
    })
    .transform(({ in_flight_limit: inFlightLimit, rate_limit: rateLimit, ordering, ...document }) => ({
      ...document,
      inFlightLimit: inFlightLimit ?? defaultHookSettings.inFlightLimit,
      rateLimit: rateLimit === undefined ? null : { deliveries: rateLimit.deliveries, per: upperCase(rateLimit.per) },
      ordering: ordering === undefined ? defaultHookSettings.ordering : upperCase(ordering),
    }));
  const authentication = z
    .strictObject({
      grant_type: z.literal('client_credentials'),
      endpoint: fields.endpoint,
      credentials: z.strictObject({ client_id: fields.clientId, client_secret: fields.clientSecret }),
      header_format: fields.headerFormat,
      header_value_format: fields.headerValueFormat,
      scope: fields.scope.optional(),
      audience: fields.audience.optional(),
      resource: orNoKey(fields.resource),
      extra_parameters: orNoKey(fields.extraParameters),
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
      resource: document.resource ?? null,
      extraParameters: document.extra_parameters ?? null,
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

/** A list that would come out as no key at all when it is empty. */
function orNoKey<Item, List extends z.ZodType<Item[]>>(list: List) {
  return list.refine((items) => items.length > 0, 'at least one, or no such key').optional();
}

/** An authentication with what its document shows in plain. */
export type ShownAuthentication = Omit<Authentication, 'clientSecret' | 'headerValueFormat' | 'extraParameters'> & {
  headerValueFormat: string;
  extraParameterNames: readonly string[];
};

/** The document of a saved webhook, its keys in the order of the format, the secrets masked. Hooks come in their order. */
export function writeDocument(webhook: Webhook, hooks: readonly Hook[], authentication: ShownAuthentication | null): WebhookDocument {
  return {
    name: webhook.name,
    description: webhook.description,
    hooks: hooks.map(writeHook),
    authentication: authentication === null ? null : writeAuthentication(authentication),
  };
}

function writeHook({ type, method, endpoint, inFlightLimit, rateLimit, ordering }: Hook): HookDocument {
  return {
    type,
    method,
    endpoint,
    ...(inFlightLimit === defaultHookSettings.inFlightLimit ? {} : { in_flight_limit: inFlightLimit }),
    ...(rateLimit === null ? {} : { rate_limit: { deliveries: rateLimit.deliveries, per: lowerCase(rateLimit.per) } }),
    ...(ordering === 'NONE' ? {} : { ordering: lowerCase(ordering) }),
  };
}

/** Documents write in small letters what the API writes in capitals. */
function upperCase<Word extends string>(word: Word): Uppercase<Word> {
  return word.toUpperCase() as Uppercase<Word>;
}

function lowerCase<Word extends string>(word: Word): Lowercase<Word> {
  return word.toLowerCase() as Lowercase<Word>;
}

function writeAuthentication(authentication: ShownAuthentication): AuthenticationDocument {
  return {
    grant_type: authentication.grantType,
    endpoint: authentication.endpoint,
    credentials: { client_id: authentication.clientId, client_secret: MASKED_SECRET },
    header_format: authentication.headerFormat,
    header_value_format: authentication.headerValueFormat,
    ...(authentication.scope === null ? {} : { scope: authentication.scope }),
    ...(authentication.audience === null ? {} : { audience: authentication.audience }),
    ...(authentication.resource === null ? {} : { resource: authentication.resource }),
    ...(authentication.extraParameterNames.length === 0
      ? {}
      : { extra_parameters: authentication.extraParameterNames.map((name) => ({ name, value: MASKED_SECRET })) }),
    ...(authentication.clientAuthentication === 'BASIC' ? {} : { client_authentication: 'body' as const }),
  };
}
