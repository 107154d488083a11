import type { Actor } from '../actor.js';
import type { Scope } from '../entities/api-key.js';

/**
 * What a field of the API may ask of whoever asks for it: a scope; `ADMIN` and `TOKENS`, which no scope gives by its name (the
 * second comes with READ, to keys alone); or `ORGANIZATION`, that the caller is not bound to a single webhook.
 */
export type Need = Scope | 'ADMIN' | 'TOKENS' | 'ORGANIZATION';

/** Who is calling, and what he may do and reach. */
export interface Caller extends Omit<Actor, 'address'> {
  /** The API key whose use this is; null for the admin, and for a token of the admin's. */
  readonly apiKeyId: string | null;
  readonly may: ReadonlySet<Need>;
  /** In milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
}

export const admin: Caller = {
  kind: 'ADMIN',
  id: null,
  name: null,
  hint: null,
  apiKeyId: null,
  organizationId: null,
  webhookId: null,
  may: new Set<Need>(['READ', 'PUBLISH', 'MANAGE', 'SECRETS', 'ADMIN', 'TOKENS', 'ORGANIZATION']),
  expiresAt: null,
};

/** What a key with these scopes may do. */
export function mayOfKey(scopes: readonly Scope[]): ReadonlySet<Need> {
  const may = new Set<Need>(['ORGANIZATION', ...scopes]);
  if (may.has('MANAGE')) may.add('READ');
  if (may.has('READ')) may.add('TOKENS');
  return may;
}

/** What a stream token may do. Another token is not among it: a token would renew itself for ever. */
export function mayOfToken(webhookId: string | null): ReadonlySet<Need> {
  return new Set<Need>(webhookId === null ? ['READ', 'ORGANIZATION'] : ['READ']);
}
