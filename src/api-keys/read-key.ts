import type { Tables } from '../database/connect.js';
import { fromJsonColumn } from '../database/json-column.js';
import { slices } from '../database/slices.js';
import { type Caller, mayOfKey, mayOfToken } from './caller.js';
import type { KeyKind } from './key-text.js';

/** A key as the database has it: whose it is, and whether it was revoked. */
export interface StoredKey {
  caller: Caller;
  isRevoked: boolean;
}

/** Looks for a key by its hash; undefined where there is none. */
export function readKey(db: Tables, kind: KeyKind, hash: string): Promise<StoredKey | undefined> {
  return kind === 'API_KEY' ? readApiKey(db, hash) : readStreamToken(db, hash);
}

async function readApiKey(db: Tables, hash: string): Promise<StoredKey | undefined> {
  const row = await db
    .selectFrom('api_keys')
    .where('hash', '=', hash)
    .select(['id', 'organization_id', 'name', 'hint', 'scopes', 'expires_at', 'revoked_at'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const caller: Caller = {
    kind: 'API_KEY',
    id: row.id,
    name: row.name,
    hint: row.hint,
    apiKeyId: row.id,
    organizationId: row.organization_id,
    webhookId: null,
    may: mayOfKey(fromJsonColumn(row.scopes)),
    expiresAt: row.expires_at,
  };
  return { caller, isRevoked: row.revoked_at !== null };
}

async function readStreamToken(db: Tables, hash: string): Promise<StoredKey | undefined> {
  const row = await db
    .selectFrom('stream_tokens as t')
    .leftJoin('api_keys as k', 'k.id', 't.api_key_id')
    .where('t.hash', '=', hash)
    .select(['t.id', 't.organization_id', 't.webhook_id', 't.api_key_id', 't.expires_at', 'k.revoked_at'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const caller: Caller = {
    kind: 'STREAM_TOKEN',
    id: row.id,
    name: null,
    hint: null,
    apiKeyId: row.api_key_id,
    organizationId: row.organization_id,
    webhookId: row.webhook_id,
    may: mayOfToken(row.webhook_id),
    expiresAt: row.expires_at,
  };
  return { caller, isRevoked: row.revoked_at !== null };
}

/** The most ids of one query. */
const BATCH_LIMIT = 1000;

/** Which of these API keys are revoked by now. */
export async function readRevoked(db: Tables, apiKeyIds: readonly string[]): Promise<Set<string>> {
  const revoked = new Set<string>();
  for (const ids of slices(apiKeyIds, BATCH_LIMIT)) {
    const rows = await db.selectFrom('api_keys').where('id', 'in', ids).where('revoked_at', 'is not', null).select('id').execute();
    for (const { id } of rows) revoked.add(id);
  }
  return revoked;
}
