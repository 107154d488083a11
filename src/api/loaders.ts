import DataLoader from 'dataloader';
import type { EntityManager } from '../database/connect.js';

type EntityClass<Entity> = new () => Entity;

/** Loads entities by id, all that one request asks for at the same time in one query. */
export class Loaders {
  readonly #em: EntityManager;
  readonly #byClass = new Map<EntityClass<object>, DataLoader<string, object | null>>();

  constructor(em: EntityManager) {
    this.#em = em;
  }

  /** The entity; a row that refers to it keeps it there, so that it is missing is a fault of ours. */
  async get<Entity extends { id: string }>(entityClass: EntityClass<Entity>, id: string): Promise<Entity> {
    const entity = await this.#loaderOf(entityClass).load(id);
    if (entity === null) throw new Error(`The ${entityClass.name} ${id} is referred to but not there.`);
    return entity as Entity;
  }

  #loaderOf(entityClass: EntityClass<{ id: string }>): DataLoader<string, object | null> {
    let loader = this.#byClass.get(entityClass);
    if (loader === undefined) {
      loader = new DataLoader(async (ids: readonly string[]) => {
        const entities = await this.#em.find(entityClass, { id: { $in: [...ids] } });
        const byId = new Map(entities.map((entity) => [entity.id, entity]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      this.#byClass.set(entityClass, loader);
    }
    return loader;
  }
}
