import { z } from 'zod';
import { type Checked, check } from './find-faults.js';
import { type FieldSchemas, hookList } from './field-schemas.js';
import type { AuthenticationDraft, HookDraft, WebhookDraft } from './webhook-draft.js';

/** A change of a webhook: what is left out stays as it is. */
export interface WebhookChange {
  /** The one that was read; where it is another by now, nothing is changed. Left out, it may be any. */
  version?: number | undefined;
  name?: string | undefined;
  description?: string | undefined;
  /** The whole new list. A hook stays when it is named by its id, or when its type, method and endpoint stand in the list. */
  hooks?: HookChange[] | undefined;
  /** Null takes the authentication away. */
  authentication?: Partial<AuthenticationDraft> | null | undefined;
}

export interface HookChange extends Partial<HookDraft> {
  id?: string | undefined;
}

/** An empty list says the same as null. */
function nullWhereEmpty<Item, List extends z.ZodType<Item[]>>(list: List) {
  return list.nullable().transform((items) => (items === null || items.length === 0 ? null : items));
}

/** Checks GraphQL's inputs by the rules of their fields; their shape GraphQL has checked already. */
export function inputReaders(fields: FieldSchemas) {
  const hook = {
    type: fields.eventTypeName,
    method: z.enum(['POST', 'PUT', 'PATCH']),
    endpoint: fields.endpoint,
    inFlightLimit: fields.inFlightLimit,
    rateLimit: z.object({ deliveries: fields.rateDeliveries, per: z.enum(['SECOND', 'MINUTE']) }).nullable(),
    ordering: z.enum(['NONE', 'BY_KEY', 'STRICT']),
  };
  const authentication = {
    grantType: z.literal('client_credentials'),
    endpoint: fields.endpoint,
    clientId: fields.clientId,
    clientSecret: fields.clientSecret,
    clientAuthentication: z.enum(['BASIC', 'BODY']),
    scope: fields.scope.nullable(),
    audience: fields.audience.nullable(),
    resource: nullWhereEmpty(fields.resource),
    extraParameters: nullWhereEmpty(fields.extraParameters),
    headerFormat: fields.headerFormat,
    headerValueFormat: fields.headerValueFormat,
  };
  const creation = z.object({
    name: fields.name,
    description: fields.description,
    hooks: hookList(z.object(hook)),
    authentication: z.object(authentication).nullable(),
  });
  const change = z.object({
    version: z.int('a whole number').optional(),
    name: fields.name.optional(),
    description: fields.description.optional(),
    hooks: hookList(z.object({ id: z.string(), ...hook }).partial()).optional(),
    authentication: z.object(authentication).partial().nullable().optional(),
  });

  return {
    creation: (input: unknown): Checked<WebhookDraft> => check(creation, input, 'input'),
    authentication: (input: unknown): Checked<AuthenticationDraft> => check(z.object(authentication), input, 'input.authentication'),
    change: (input: unknown): Checked<WebhookChange> => check<WebhookChange>(change, input, 'input'),
  };
}
