import { systemRandom } from '../../src/random.js';
import { beginSealing } from '../../src/seal/begin-sealing.js';
import { SealRing } from '../../src/seal/seal-ring.js';
import type { TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { newId } from '../support/rows.js';

export const organizationId = idOf('o');

/** What a webhook has for a secret. */
export const secretOf = (id: string) => `whsec_of ${id}`;

/** Puts webhooks whose secrets are sealed with the key. */
export async function putWebhooks(database: TestDatabase, key: Buffer, count: number): Promise<string[]> {
  const ring = new SealRing([key], systemRandom);
  const ids = Array.from({ length: count }, newId);
  await database.writes.transaction(async (_, { db }) => {
    const seal = await beginSealing(db, ring);
    await db
      .insertInto('organizations')
      .values({ id: organizationId, name: 'o', created_at: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const of = { organization_id: organizationId, name: 'w', description: '', created_at: 0, updated_at: 0, deleted_at: null };
    await db
      .insertInto('webhooks')
      .values(
        ids.map((id) => ({ ...of, id, signing_secret: seal(secretOf(id), { organizationId, column: 'webhooks.signing_secret', id }) })),
      )
      .execute();
  });
  return ids;
}

/** How many secrets each key has sealed, by its id. */
export async function countByKey({ db }: TestDatabase): Promise<Record<string, number>> {
  const rows = await db().selectFrom('webhooks').select('signing_secret').execute();
  const counts: Record<string, number> = {};
  for (const { signing_secret: stored } of rows) {
    const id = stored.split(':')[2]!;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
