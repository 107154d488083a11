import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/random.js';
import { idOfKey, SealRing } from '../../src/seal/seal-ring.js';
import { BUILT_DIR, COMPILE_CACHE } from '../support/build.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { databaseUrlOf, onPostgres } from '../support/postgres.js';
import { ADMIN_KEY } from '../support/server.js';
import { countByKey, organizationId, putWebhooks, secretOf } from './sealed-webhooks.js';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

/** Runs `npm run reseal` as its users do, and answers with its status and its lines. It is killed as soon as it has printed so many of them. */
async function runReseal({ dataDir }: TestDatabase, killAfterLines = Infinity) {
  const child = spawn(process.execPath, [join(BUILT_DIR, 'scripts/reseal.js')], {
    env: {
      ...COMPILE_CACHE,
      ADMIN_API_KEY: ADMIN_KEY,
      DATA_DIR: dataDir,
      ENCRYPTION_KEYS: [NEW, OLD].map((key) => key.toString('base64')).join(),
      ...(onPostgres && { DATABASE_URL: databaseUrlOf(dataDir) }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === killAfterLines) child.kill('SIGKILL');
  }
  const [status, signal] = await ended;
  return { end: status ?? signal, lines };
}

/** Whether all secrets are what they were, by these keys. */
async function opensWith({ db }: TestDatabase, ...keys: Buffer[]): Promise<boolean> {
  const ring = new SealRing(keys, systemRandom);
  const rows = await db().selectFrom('webhooks').select(['id', 'signing_secret']).execute();
  return rows.every(
    ({ id, signing_secret: stored }) => ring.open(stored, { organizationId, column: 'webhooks.signing_secret', id }) === secretOf(id),
  );
}

describe('re-sealing that is killed', () => {
  it('has broken nothing, and goes on where it was when it is run again', async () => {
    await using database = await openTestDatabase();
    // So many that the signal comes before the end.
    for (let call = 0; call < 2; call += 1) await putWebhooks(database, OLD, 1200);

    const first = await runReseal(database, 1);
    const counts = await countByKey(database);
    expect(first.end).toBe('SIGKILL');
    expect(counts[idOfKey(NEW)]).toBeGreaterThanOrEqual(1000);
    expect(counts[idOfKey(OLD)]).toBeGreaterThan(0);
    expect(await opensWith(database, NEW, OLD)).toBe(true);

    const second = await runReseal(database);
    expect(second.end).toBe(0);
    expect(second.lines).toContain(`${counts[idOfKey(OLD)]} sealed with the key ${idOfKey(NEW)}, the first of ENCRYPTION_KEYS.`);
    expect(second.lines.at(-1)).toContain(`Nothing is sealed with ${idOfKey(OLD)} (number 2)`);
    expect(await countByKey(database)).toEqual({ [idOfKey(NEW)]: 2400 });
    expect(await opensWith(database, NEW)).toBe(true);
  });
});
