import type { Actor } from '../actor.js';
import type { EntityManager } from '../database/connect.js';
import type { Caller } from '../api-keys/caller.js';
import type { JsonSource } from '../json/json-input.js';
import type { ApiKeyParts } from '../api-keys/parts.js';
import type { ConfigureParts } from '../configure/parts.js';
import type { Publisher } from '../publish/publisher.js';
import type { SendTestEventParts } from '../publish/send-test-event.js';
import type { ByHandParts } from '../record/by-hand.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import type { Cursors } from '../watch/cursors.js';
import type { DeliveryFeed } from '../watch/delivery-log.js';
import type { HealthFeed } from '../watch/health-log.js';
import { Loaders, type ReadByIds } from './loaders.js';
import { findByIds } from './find-by-ids.js';

/** The steps that resolvers call. */
export interface ApiParts {
  readonly newEntityManager: () => EntityManager;
  readonly configure: ConfigureParts;
  readonly apiKeys: ApiKeyParts;
  readonly publisher: Publisher;
  readonly payloads: StoredPayloads;
  readonly testEvents: SendTestEventParts;
  readonly byHand: ByHandParts;
  readonly feed: DeliveryFeed;
  readonly healthFeed: HealthFeed;
  readonly cursors: Cursors;
}

/** What a resolver gets: one for each request, and for each notice of a subscription. */
export interface Context {
  /** Of the HTTP request, or of the connection of a socket: what the log says of it and the answer names. */
  readonly requestId: string;
  readonly caller: Caller;
  /** The caller as whoever is about to change something. */
  readonly actor: Caller & Actor;
  readonly parts: ApiParts;
  readonly em: EntityManager;
  readonly loaders: Loaders;
  /** The text of the request's body, where printing what was read of it would not make the same one. */
  readonly bodySource: JsonSource | undefined;
}

export interface ContextOptions extends Pick<Context, 'requestId' | 'caller' | 'parts'> {
  /** Of the caller, as `Actor` has it. */
  readonly address: string | null;
  readonly bodySource?: JsonSource | undefined;
  /** For loaders that share what they read with others; without it, they read what they need themselves. */
  readonly readByIds?: ReadByIds;
}

export function createContext(options: ContextOptions): Context {
  return new LazyContext(options);
}

/**
 * Most publishes and notices need no entity manager, and one takes as long to make as a small query: it is made for whoever asks
 * for it. (Apollo copies contexts, which getters of an object and private names would not survive.)
 */
class LazyContext implements Context {
  readonly requestId: string;
  readonly caller: Caller;
  readonly parts: ApiParts;
  readonly bodySource: JsonSource | undefined;
  private readonly address: string | null;
  private readonly readByIds: ReadByIds | undefined;
  private ownEm: EntityManager | undefined;
  private ownLoaders: Loaders | undefined;

  constructor({ requestId, caller, address, parts, bodySource, readByIds }: ContextOptions) {
    this.requestId = requestId;
    this.caller = caller;
    this.address = address;
    this.parts = parts;
    this.bodySource = bodySource;
    this.readByIds = readByIds;
  }

  get actor(): Caller & Actor {
    return { ...this.caller, address: this.address };
  }

  get em(): EntityManager {
    return (this.ownEm ??= this.parts.newEntityManager());
  }

  get loaders(): Loaders {
    return (this.ownLoaders ??= new Loaders(this.readByIds ?? ((entityClass, ids) => findByIds(this.em, entityClass, ids)), () => this.em));
  }
}
