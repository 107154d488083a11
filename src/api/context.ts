import type { EntityManager } from '../database/connect.js';
import type { ConfigureParts } from '../configure/parts.js';
import type { Publisher } from '../publish/publisher.js';
import type { SendTestEventParts } from '../publish/send-test-event.js';
import type { ByHandParts } from '../record/by-hand.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';
import type { HealthFeed } from '../watch/health-log.js';
import type { Caller } from './caller.js';
import { Loaders } from './loaders.js';

/** The steps that resolvers call. */
export interface ApiParts {
  readonly newEntityManager: () => EntityManager;
  readonly configure: ConfigureParts;
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

export function createContext(caller: Caller, parts: ApiParts): Context {
  return new LazyContext(caller, parts);
}

/** A publish reads no entities; what reads them is made for whoever asks. (Apollo copies contexts, which private names would not survive.) */
class LazyContext implements Context {
  readonly caller: Caller;
  readonly parts: ApiParts;
  private ownEm: EntityManager | undefined;
  private ownLoaders: Loaders | undefined;

  constructor(caller: Caller, parts: ApiParts) {
    this.caller = caller;
    this.parts = parts;
  }

  get em(): EntityManager {
    return (this.ownEm ??= this.parts.newEntityManager());
  }

  get loaders(): Loaders {
    return (this.ownLoaders ??= new Loaders(this.em));
  }
}
