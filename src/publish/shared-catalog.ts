import { BoundedCache } from '../bounded-cache.js';
import type { WriteTransaction } from '../database/writes.js';
import { AssumedVersions } from './assumed-versions.js';
import {
  type Catalog,
  type CatalogFacts,
  KEPT_LIMIT,
  organizationsOf,
  readTopics,
  type Topic,
  type TopicFacts,
  topicName,
} from './catalog.js';
import { readCatalogVersions } from './read-catalog.js';

/** What was read of a topic, and the version that its organization's catalog had before that. */
interface Kept {
  version: string | null;
  facts: TopicFacts;
}

/**
 * Holds in memory what it has read, for one of several servers. Whoever changes an organization's types or hooks gives its catalog
 * another version in the same transaction. Where all topics of a batch are kept by the version that was last seen, nothing is read:
 * it is assumed that the versions are still these, and what is written asks for that (`AssumedVersions`). Of an organization that
 * stayed as it was no more than its version is read otherwise.
 *
 * What changes while it is read may come out newer than the version that it is held by. The organization's is another by then, so
 * whoever asks for that one reads anew.
 */
export class SharedCatalog implements Catalog {
  readonly #kept = new BoundedCache<string, Kept>(KEPT_LIMIT);
  /** By the ids of organizations, as they were last seen; one that was found to be another is in here no more. */
  readonly #versions = new BoundedCache<string, { version: string | null }>(KEPT_LIMIT);

  async read(tx: WriteTransaction, topics: readonly Topic[]): Promise<CatalogFacts> {
    return this.#recall(topics) ?? { topics: await this.#readTopics(tx, topics) };
  }

  /** The facts of topics of which all are kept; undefined where one is not. */
  #recall(topics: readonly Topic[]): CatalogFacts | undefined {
    const facts = new Map<string, TopicFacts>();
    const versions = new Map<string, string | null>();
    for (const topic of topics) {
      const name = topicName(topic);
      const kept = this.#kept.get(name);
      const seen = this.#versions.get(topic.organizationId);
      if (kept === undefined || kept.version !== seen?.version) return undefined;
      facts.set(name, kept.facts);
      versions.set(topic.organizationId, kept.version);
    }
    const forget = () => {
      for (const organizationId of versions.keys()) this.#versions.delete(organizationId);
    };
    return { topics: facts, premise: new AssumedVersions(versions, forget) };
  }

  async #readTopics(tx: WriteTransaction, topics: readonly Topic[]): Promise<Map<string, TopicFacts>> {
    const versions = await readCatalogVersions(tx, organizationsOf(topics));
    for (const [organizationId, version] of versions) this.#versions.set(organizationId, { version });
    const facts = new Map<string, TopicFacts>();
    const missing: Topic[] = [];
    for (const topic of topics) {
      const name = topicName(topic);
      const version = versions.get(topic.organizationId);
      const kept = this.#kept.get(name);
      if (version === undefined) facts.set(name, UNKNOWN);
      else if (kept?.version === version) facts.set(name, kept.facts);
      else missing.push(topic);
    }
    if (missing.length === 0) return facts;

    const read = await readTopics(tx, missing, versions);
    for (const topic of missing) {
      const name = topicName(topic);
      const readFacts = read.get(name)!;
      facts.set(name, readFacts);
      // What is not there is not kept: callers may make up any number of names.
      if (readFacts.entry !== undefined) this.#kept.set(name, { version: versions.get(topic.organizationId)!, facts: readFacts });
    }
    return facts;
  }
}

/** Of an organization that is not there. */
const UNKNOWN: TopicFacts = { isOrganizationKnown: false, entry: undefined, hooks: [] };
