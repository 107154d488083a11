import DataLoader from 'dataloader';
import type { EntityManager } from '../database/connect.js';

export type EntityClass<Entity> = new () => Entity;

/** Reads those of the ids that are there, in any order. */
export type ReadByIds = <Entity extends { id: string }>(entityClass: EntityClass<Entity>, ids: readonly string[]) => Promise<Entity[]>;

/** Reads something of each of several things, by their ids. Of what there is nothing of, there need be no entry. */
export type ReadOfEach<Value> = (em: EntityManager, ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

/** The most ids of one statement; SQLite binds at most 32,766 values. */
const BATCH_LIMIT = 1000;

/** Loads for one request: all that is asked for at the same time in one step, and each entity once. */
export class Loaders {
  readonly #read: ReadByIds;
  readonly #em: () => EntityManager;
  readonly #byClass = new Map<EntityClass<object>, DataLoader<string, object | null>>();
  readonly #ofEach = new Map<ReadOfEach<unknown>, DataLoader<string, unknown>>();

  constructor(read: ReadByIds, em: () => EntityManager) {
    this.#read = read;
    this.#em = em;
  }

  /** What `read` finds of the thing with this id; undefined where it finds nothing. It is read anew each time: a mutation may lie between. */
  ofEach<Value>(read: ReadOfEach<Value>, id: string): Promise<Value | undefined> {
    let loader = this.#ofEach.get(read);
    if (loader === undefined) {
      const readBatch = async (ids: readonly string[]) => {
        const found = await read(this.#em(), [...new Set(ids)]);
        return ids.map((one) => found.get(one));
      };
      loader = new DataLoader(readBatch, { cache: false, maxBatchSize: BATCH_LIMIT });
      this.#ofEach.set(read, loader);
    }
    return loader.load(id) as Promise<Value | undefined>;
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
        const entities = await this.#read(entityClass, ids);
        const byId = new Map(entities.map((entity) => [entity.id, entity]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      this.#byClass.set(entityClass, loader);
    }
    return loader;
  }
}
