import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Caller } from '../../src/api-keys/caller.js';
import { hashOf, makeKey } from '../../src/api-keys/key-text.js';
import { KnownKeys } from '../../src/api-keys/known-keys.js';
import { systemRandom } from '../../src/random.js';
import { countQueries } from '../support/count-queries.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { idOf } from '../support/ids.js';
import { insertHooks, newId } from '../support/rows.js';

const ADMIN_KEY = 'the-admin-key-0123456789';

let database: TestDatabase;
let clock: ManualClock;
let organizationId: string;
let counted: ReturnType<typeof countQueries>;

beforeEach(async () => {
  database = await openTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  clock = new ManualClock();
  organizationId = idOf('o');
  await insertHooks(database.db(), [{ id: idOf('h') }]);
  counted = countQueries();
});

function knownKeys(adminApiKey: string | null = ADMIN_KEY): KnownKeys {
  return new KnownKeys({ db: () => database.db().withPlugin(counted), clock, adminApiKey });
}

async function insertKey(key: string, expiresAt: number | null = null): Promise<string> {
  const id = newId();
  await database
    .db()
    .insertInto('api_keys')
    .values({
      id,
      organization_id: organizationId,
      name: 'A key',
      hash: hashOf(key),
      hint: key.slice(0, 11),
      scopes: JSON.stringify(['READ']) as never,
      created_at: clock.now(),
      expires_at: expiresAt,
      revoked_at: null,
      last_used_at: null,
    })
    .execute();
  return id;
}

async function revoke(id: string): Promise<void> {
  await database.db().updateTable('api_keys').set({ revoked_at: clock.now() }).where('id', '=', id).execute();
}

describe('callers', () => {
  it('are known by their keys, and bound to their organization', async () => {
    const key = makeKey('API_KEY', systemRandom);
    const id = await insertKey(key);

    const caller = await knownKeys().identify(`Bearer ${key}`);

    expect(caller).toMatchObject({ kind: 'API_KEY', id, apiKeyId: id, organizationId, webhookId: null });
    expect([...(caller as Caller).may].toSorted()).toEqual(['ORGANIZATION', 'READ', 'TOKENS']);
  });

  it('that have no key, or something else, cost no look at the database', async () => {
    const keys = knownKeys();

    const found = await Promise.all(
      [undefined, '', 'Bearer', 'Bearer nobody', `Basic ${ADMIN_KEY}`, `Bearer hg_${'0'.repeat(56)}`].map((text) => keys.identify(text)),
    );

    expect(found).toEqual(['ABSENT', 'MALFORMED', 'MALFORMED', 'UNKNOWN', 'MALFORMED', 'UNKNOWN']);
    expect(counted.count).toBe(0);
  });

  it('are looked for once in two seconds, however many come at once', async () => {
    const key = makeKey('API_KEY', systemRandom);
    await insertKey(key);
    const keys = knownKeys();

    await Promise.all(Array.from({ length: 50 }, () => keys.identify(`Bearer ${key}`)));
    clock.advance(1999);
    await keys.identify(`Bearer ${key}`);
    const within = counted.count;
    clock.advance(1);
    await keys.identify(`Bearer ${key}`);

    expect([within, counted.count]).toEqual([1, 2]);
  });

  it('whose key was revoked at another server are refused within two seconds, and at once where they are told', async () => {
    const key = makeKey('API_KEY', systemRandom);
    const id = await insertKey(key);
    const [told, untold] = [knownKeys(), knownKeys()];
    await Promise.all([told.identify(`Bearer ${key}`), untold.identify(`Bearer ${key}`)]);

    await revoke(id);
    told.forget();

    expect(await told.identify(`Bearer ${key}`)).toBe('REVOKED');
    clock.advance(2000);
    expect(await untold.identify(`Bearer ${key}`)).toBe('REVOKED');
  });

  it('are refused from the instant on at which their key expires', async () => {
    const key = makeKey('API_KEY', systemRandom);
    await insertKey(key, clock.now() + 1000);
    const keys = knownKeys();

    const before = await keys.identify(`Bearer ${key}`);
    clock.advance(1000);

    expect(before).toMatchObject({ organizationId });
    expect(await keys.identify(`Bearer ${key}`)).toBe('EXPIRED');
  });

  it('are looked for again after the database could not be read', async () => {
    const key = makeKey('API_KEY', systemRandom);
    await insertKey(key);
    let isAway = true;
    const db = () => {
      if (isAway) throw Object.assign(new Error('away'), { code: 'SQLITE_BUSY' });
      return database.db();
    };
    const keys = new KnownKeys({ db, clock, adminApiKey: null });

    const failed = await keys.identify(`Bearer ${key}`).catch((error: Error) => error.message);
    isAway = false;

    expect(failed).toBe('away');
    expect(await keys.identify(`Bearer ${key}`)).toMatchObject({ organizationId });
  });

  it('are no admins where there is none', async () => {
    expect(await knownKeys(null).identify(`Bearer ${ADMIN_KEY}`)).toBe('UNKNOWN');
    expect(await knownKeys().identify(`Bearer ${ADMIN_KEY}`)).toMatchObject({ kind: 'ADMIN', organizationId: null });
  });
});
