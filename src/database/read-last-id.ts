import type { Tables } from './connect.js';

/** The last id given to a delivery, whose order by id must hold across a restart; null where there is none. */
export async function readLastId(db: Tables): Promise<string | null> {
  const row = await db.selectFrom('deliveries').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row?.id ?? null;
}
