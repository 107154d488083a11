import DataLoader from 'dataloader';

export type EntityClass<Entity> = new () => Entity;

/** Reads those of the ids that are there, in any order. */
export type ReadByIds = <Entity extends { id: string }>(entityClass: EntityClass<Entity>, ids: readonly string[]) => Promise<Entity[]>;

/** Loads entities by id, each once for one request, and all that it asks for at the same time in one step. */
export class Loaders {
  readonly #read: ReadByIds;
  readonly #byClass = new Map<EntityClass<object>, DataLoader<string, object | null>>();

  constructor(read: ReadByIds) {
    this.#read = read;
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
