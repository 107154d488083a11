import type { EntityManager } from '../database/connect.js';
import type { Caller } from '../api-keys/caller.js';
import type { ApiKeyParts } from '../api-keys/parts.js';
import type { ConfigureParts } from '../configure/parts.js';
import type { Publisher } from '../publish/publisher.js';
import type { SendTestEventParts } from '../publish/send-test-event.js';
import type { ByHandParts } from '../record/by-hand.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';
import type { HealthFeed } from '../watch/health-log.js';
import { Loaders, type ReadByIds } from './loaders.js';

/** The steps that resolvers call. */
export interface ApiParts {
  readonly newEntityManager: () => EntityManager;
  readonly configure: ConfigureParts;
  readonly apiKeys: ApiKeyParts;
  readonly publisher: Publisher;
  readonly testEvents: SendTestEventParts;
  readonly byHand: ByHandParts;
  readonly feed: DeliveryFeed;
  readonly healthFeed: HealthFeed;
}

/** What a resolver gets: one for each request, and for each notice of a subscription. */
export interface Context {
  readonly caller: Caller;
  readonly parts: ApiParts;
  readonly em: EntityManager;
  readonly loaders: Loaders;
}

/** `readByIds` is for loaders that share what they read with others; without it, they read what they need themselves. */
export function createContext(caller: Caller, parts: ApiParts, readByIds?: ReadByIds): Context {
  return new LazyContext(caller, parts, readByIds);
}

/**
 * Most publishes and notices need no entity manager, and one takes as long to make as a small query: it is made for whoever asks
 * for it. (Apollo copies contexts, which getters of an object and private names would not survive.)
 */
class LazyContext implements Context {
  readonly caller: Caller;
  readonly parts: ApiParts;
  private readonly readByIds: ReadByIds | undefined;
  private ownEm: EntityManager | undefined;
  private ownLoaders: Loaders | undefined;

  constructor(caller: Caller, parts: ApiParts, readByIds: ReadByIds | undefined) {
    this.caller = caller;
    this.parts = parts;
    this.readByIds = readByIds;
  }

  get em(): EntityManager {
    return (this.ownEm ??= this.parts.newEntityManager());
  }

  get loaders(): Loaders {
    return (this.ownLoaders ??= new Loaders(
      this.readByIds ?? ((entityClass, ids) => this.em.find(entityClass, { id: { $in: [...ids] } })),
    ));
  }
}
