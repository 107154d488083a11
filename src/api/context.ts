import type { EntityManager } from '../database/connect.js';
import type { ConfigureParts } from '../configure/parts.js';
import type { Publisher } from '../publish/publisher.js';
import type { Feed } from '../watch/feed.js';
import type { Caller } from './caller.js';
import { Loaders } from './loaders.js';

/** The steps that resolvers call. */
export interface ApiParts {
  readonly newEntityManager: () => EntityManager;
  readonly configure: ConfigureParts;
  readonly publisher: Publisher;
  readonly feed: Feed;
}

/** What a resolver gets: one for each request, and for each notice of a subscription. */
export interface Context {
  readonly caller: Caller;
  readonly parts: ApiParts;
  readonly em: EntityManager;
  readonly loaders: Loaders;
}

export function createContext(caller: Caller, parts: ApiParts): Context {
  const em = parts.newEntityManager();
  return { caller, parts, em, loaders: new Loaders(em) };
}
