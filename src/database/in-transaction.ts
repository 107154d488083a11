import type { EntityManager, Orm, Tables } from './connect.js';

/**
 * Runs `work` in a transaction, by entities and by the query builder alike; what it did to entities is written before the
 * commit. The entities outlive it, and read what they lack outside of it.
 *
 * It is not `em.transactional`: that begins by Kysely's `startTransaction`, which never gives the connection back when
 * `begin` fails, as it does while another program writes; there is but the one connection, and all would wait for it.
 */
export async function inTransaction<Result>(orm: Orm, work: (em: EntityManager, db: Tables) => Promise<Result>): Promise<Result> {
  const em = orm.em.fork();
  const transaction = em.getKysely().transaction();
  try {
    return await transaction.execute(async (db) => {
      em.setTransactionContext(db);
      const result = await work(em, db);
      await em.flush();
      return result;
    });
  } finally {
    em.resetTransactionContext();
  }
}
