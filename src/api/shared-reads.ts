import DataLoader from 'dataloader';
import type { EntityManager } from '../database/connect.js';
import type { EntityClass, ReadByIds } from './loaders.js';
import { findByIds } from './find-by-ids.js';

/** The most ids of one query; SQLite binds at most 32,766 values in a statement. */
const BATCH_LIMIT = 1000;

/**
 * Reads by id for many at once: what they ask for in the same moment is one query, whoever asks. A change is noticed by all
 * subscribers of its organization in one moment, and a thousand of them ask for the same delivery and the same event. Nothing
 * is kept: each answer was read after its question.
 */
export function createSharedReads(newEntityManager: () => EntityManager): ReadByIds {
  const byClass = new Map<EntityClass<object>, DataLoader<string, object | null>>();

  function loaderOf(entityClass: EntityClass<{ id: string }>): DataLoader<string, object | null> {
    let loader = byClass.get(entityClass);
    if (loader === undefined) {
      const readBatch = async (ids: readonly string[]) => {
        const entities = await findByIds(newEntityManager(), entityClass, [...new Set(ids)]);
        const byId = new Map(entities.map((entity) => [entity.id, entity]));
        return ids.map((id) => byId.get(id) ?? null);
      };
      loader = new DataLoader(readBatch, { cache: false, maxBatchSize: BATCH_LIMIT });
      byClass.set(entityClass, loader);
    }
    return loader;
  }

  return async <Entity extends { id: string }>(entityClass: EntityClass<Entity>, ids: readonly string[]) => {
    const loader = loaderOf(entityClass);
    const entities = await Promise.all(ids.map((id) => loader.load(id)));
    return entities.filter((entity) => entity !== null) as Entity[];
  };
}
