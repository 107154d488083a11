import type { Actor } from '../actor.js';
import { appendAudit } from '../audit/append-audit.js';
import { ApiKey, type Scope } from '../entities/api-key.js';
import { badInput, describe, type Fault } from '../errors.js';
import { findOrganization } from '../database/find-live.js';
import { isoTime } from '../iso-time.js';
import { isStorable } from '../storable-text.js';
import { hashOf, hintOf, makeKey } from './key-text.js';
import type { ApiKeyParts } from './parts.js';

export interface ApiKeyDraft {
  organizationId: string;
  name: string;
  scopes: readonly Scope[];
  /** In milliseconds since the epoch; null for never. */
  expiresAt: number | null;
}

/** Makes a key for an organization. The key itself is in the answer and nowhere else. */
export async function createApiKey(
  { writes, clock, random, newId }: ApiKeyParts,
  actor: Actor,
  draft: ApiKeyDraft,
): Promise<{ apiKey: ApiKey; key: string }> {
  const now = clock.now();
  const faults = [...findNameFaults(draft.name), ...findScopeFaults(draft.scopes), ...findExpiryFaults(draft.expiresAt, now)];
  if (faults.length > 0) throw badInput(faults);

  const { organizationId, name, expiresAt } = draft;
  const key = makeKey('API_KEY', random);
  const apiKey = await writes.transaction(async (em, tx) => {
    await findOrganization(em, { id: organizationId, reach: actor });
    const created = em.create(ApiKey, {
      id: newId(),
      organizationId,
      name,
      hash: hashOf(key),
      hint: hintOf(key),
      scopes: [...new Set(draft.scopes)],
      createdAt: now,
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    });
    const { id, hint, scopes } = created;
    await appendAudit(tx, {
      id: newId(),
      organizationId,
      changedAt: now,
      action: 'API_KEY_CREATED',
      actor,
      subject: { kind: 'API_KEY', id, name },
      before: null,
      after: { name, hint, scopes, expiresAt: expiresAt === null ? null : isoTime(expiresAt) },
    });
    return created;
  });
  return { apiKey, key };
}

const LONGEST_NAME = 200;

function findNameFaults(name: string): Fault[] {
  if (name.length >= 1 && name.length <= LONGEST_NAME && isStorable(name)) return [];
  const expected = `a text of 1 to ${LONGEST_NAME} characters, without NUL characters and lone surrogates`;
  return [{ path: 'input.name', received: describe(name), expected }];
}

function findScopeFaults(scopes: readonly Scope[]): Fault[] {
  if (scopes.length > 0) return [];
  return [{ path: 'input.scopes', received: 'an empty list', expected: 'at least one scope' }];
}

function findExpiryFaults(expiresAt: number | null, now: number): Fault[] {
  if (expiresAt === null || expiresAt > now) return [];
  return [{ path: 'input.expiresAt', received: isoTime(expiresAt), expected: `an instant after ${isoTime(now)}` }];
}
