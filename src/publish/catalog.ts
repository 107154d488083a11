import { BoundedCache } from '../bounded-cache.js';
import type { Premise } from '../database/statement-pair.js';
import type { WriteTransaction } from '../database/writes.js';
import { isId } from '../ids.js';
import { isStorable } from '../storable-text.js';
import { type CatalogEntry, type MatchingHook, readCatalog, readMatchingHooks, readOrganizationIds } from './read-catalog.js';

/** How many types of organizations are held in memory, the least recently used go first; each takes about a kilobyte with its hooks. */
export const KEPT_LIMIT = 20_000;

/** What an event is for: a type of an organization. */
export interface Topic {
  organizationId: string;
  type: string;
}

/** What a publish has to know of a topic. */
export interface TopicFacts {
  isOrganizationKnown: boolean;
  /** Undefined where the type is in no catalog. */
  entry: CatalogEntry | undefined;
  hooks: readonly MatchingHook[];
}

/** What a catalog has of topics. */
export interface CatalogFacts {
  /** By `topicName`. */
  topics: ReadonlyMap<string, TopicFacts>;
  /** What must be so for them to be those of this transaction, and is to be asked in it; undefined where they were read in it. */
  premise?: Premise;
}

/** What publishes have to know of organizations: their types, and which hooks wait for each. */
export interface Catalog {
  read(tx: WriteTransaction, topics: readonly Topic[]): Promise<CatalogFacts>;
}

/** Ids have no spaces. */
export function topicName({ organizationId, type }: Topic): string {
  return `${organizationId} ${type}`;
}

/**
 * Holds in memory what it has read, for the only server of a database. Whoever changes configuration does so in a transaction of
 * its own, and they all come one after the other: told of each, it is true whenever a publish asks.
 */
export class KeptCatalog implements Catalog {
  readonly #kept = new BoundedCache<string, TopicFacts>(KEPT_LIMIT);

  /** To be told of each change that others may have made, right after its commit. */
  forget(): void {
    this.#kept.clear();
  }

  async read(tx: WriteTransaction, topics: readonly Topic[]): Promise<CatalogFacts> {
    const facts = new Map<string, TopicFacts>();
    const missing: Topic[] = [];
    for (const topic of topics) {
      const name = topicName(topic);
      const kept = this.#kept.get(name);
      if (kept === undefined) missing.push(topic);
      else facts.set(name, kept);
    }
    if (missing.length === 0) return { topics: facts };

    for (const [name, read] of await readTopics(tx, missing, await readOrganizationIds(tx, organizationsOf(missing)))) {
      facts.set(name, read);
      // What is not there is not kept: callers may make up any number of names.
      if (read.entry !== undefined) this.#kept.set(name, read);
    }
    return { topics: facts };
  }
}

/** The organizations that topics name. What no row can have is not asked for: PostgreSQL breaks off at it, and that would hurt the whole batch. */
export function organizationsOf(topics: readonly Topic[]): string[] {
  return [...new Set(topics.map(({ organizationId }) => organizationId))].filter(isId);
}

/** Reads the facts of topics, by `topicName`; `known` are those of their organizations that there are. */
export async function readTopics(
  tx: WriteTransaction,
  topics: readonly Topic[],
  known: { has(organizationId: string): boolean },
): Promise<Map<string, TopicFacts>> {
  const organizationIds = organizationsOf(topics);
  const types = [...new Set(topics.map(({ type }) => type))].filter(isStorable);
  const entries = await readCatalog(tx, organizationIds, types);
  const hooks = await readMatchingHooks(tx, organizationIds, types);
  return new Map(
    topics.map((topic): [string, TopicFacts] => {
      const name = topicName(topic);
      return [name, { isOrganizationKnown: known.has(topic.organizationId), entry: entries.get(name), hooks: hooks.get(name) ?? [] }];
    }),
  );
}
