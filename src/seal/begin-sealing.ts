import type { Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import type { SealedText } from '../entities/sealed-text.js';
import type { SealPlace, SealRing } from './seal-ring.js';

export type Seal = (text: string, place: SealPlace) => SealedText;

/** What each key seals of itself. */
export const SPECIMEN = 'Hookgraph';

/** Where the specimen of a key lives. */
export function specimenPlace(keyId: string): SealPlace {
  return { organizationId: '', column: 'seal_keys.specimen', id: keyId };
}

/**
 * Answers with what seals within this transaction. The table of keys has the first key of the ring until the commit, as one that is
 * in use: a re-sealing that wants to do away with it waits, and then finds what was sealed.
 */
export async function beginSealing(db: Tables, ring: SealRing): Promise<Seal> {
  const inUse = db.selectFrom('seal_keys').where('id', '=', ring.firstId).where('retired_at', 'is', null).select('id');
  const rows = await (isPostgres(db) ? inUse.forShare() : inUse).execute();
  if (rows.length === 0) {
    await db
      .insertInto('seal_keys')
      .values({ id: ring.firstId, specimen: ring.seal(SPECIMEN, specimenPlace(ring.firstId)), retired_at: null })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ retired_at: null }))
      .execute();
  }
  return (text, place) => ring.seal(text, place);
}
