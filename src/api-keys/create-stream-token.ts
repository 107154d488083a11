import type { Actor } from '../actor.js';
import { appendAudit, type AuditEntry } from '../audit/append-audit.js';
import type { WriteTransaction } from '../database/writes.js';
import { findOrganization, findWebhook } from '../database/find-live.js';
import { badInput } from '../errors.js';
import { isoTime } from '../iso-time.js';
import type { Caller } from './caller.js';
import { hashOf, makeKey } from './key-text.js';
import type { ApiKeyParts } from './parts.js';

/** The longest life of a token, in seconds: an hour. */
export const LONGEST_LIFE_S = 3600;

export interface StreamTokenDraft {
  organizationId: string;
  webhookId: string | null;
  expiresInSeconds: number;
}

/** A token as it is shown, this once. */
export interface GivenToken {
  token: string;
  expiresAt: number;
}

/** A row to be written. */
export interface NewToken {
  id: string;
  organizationId: string;
  webhookId: string | null;
  apiKeyId: string | null;
  hash: string;
  createdAt: number;
  expiresAt: number;
  audit: AuditEntry;
}

/** Makes a token for one organization or webhook. It ends with the key that asks for it, where that is sooner. */
export async function createStreamToken(
  { newEntityManager, clock, random, newId, insertToken }: ApiKeyParts,
  caller: Caller & Actor,
  { organizationId, webhookId, expiresInSeconds }: StreamTokenDraft,
): Promise<GivenToken> {
  if (expiresInSeconds < 1 || expiresInSeconds > LONGEST_LIFE_S) {
    const expected = `a whole number from 1 to ${LONGEST_LIFE_S} (an hour)`;
    throw badInput([{ path: 'input.expiresInSeconds', received: String(expiresInSeconds), expected }]);
  }
  const em = newEntityManager();
  await findOrganization(em, { id: organizationId, reach: caller });
  if (webhookId !== null) await findWebhook(em, { id: webhookId, reach: { organizationId, webhookId: null } });

  const token = makeKey('STREAM_TOKEN', random);
  const createdAt = clock.now();
  const expiresAt = Math.min(createdAt + expiresInSeconds * 1000, caller.expiresAt ?? Infinity);
  const id = newId();
  const audit: AuditEntry = {
    id: newId(),
    organizationId,
    changedAt: createdAt,
    action: 'STREAM_TOKEN_CREATED',
    actor: caller,
    subject: { kind: 'STREAM_TOKEN', id, name: null },
    before: null,
    after: { webhookId, expiresAt: isoTime(expiresAt) },
  };
  await insertToken({ id, organizationId, webhookId, apiKeyId: caller.apiKeyId, hash: hashOf(token), createdAt, expiresAt, audit });
  return { token, expiresAt };
}

export async function insertTokens(tx: WriteTransaction, tokens: readonly NewToken[]): Promise<void[]> {
  for (const { id, organizationId, webhookId, apiKeyId, hash, createdAt, expiresAt, audit } of tokens) {
    await tx.db
      .insertInto('stream_tokens')
      .values({
        id,
        organization_id: organizationId,
        webhook_id: webhookId,
        api_key_id: apiKeyId,
        hash,
        created_at: createdAt,
        expires_at: expiresAt,
      })
      .execute();
    await appendAudit(tx, audit);
  }
  return tokens.map(() => undefined);
}
