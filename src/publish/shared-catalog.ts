import { BoundedCache } from '../bounded-cache.js';
import type { WriteTransaction } from '../database/writes.js';
import { type Catalog, KEPT_LIMIT, organizationsOf, readTopics, type Topic, type TopicFacts, topicName } from './catalog.js';
import { readCatalogVersions } from './read-catalog.js';

/** What was read of a topic, and the version that its organization's catalog had before that. */
interface Kept {
  version: string | null;
  facts: TopicFacts;
}

/**
 * Holds in memory what it has read, for one of several servers. Whoever changes an organization's types or hooks gives its catalog
 * another version in the same transaction, so all that a batch has to read of an organization that stayed as it was is that.
 *
 * What changes while it is read may come out newer than the version that it is held by. That one is read by nobody any more
 * then, since it was overwritten by a commit that came before.
 */
export class SharedCatalog implements Catalog {
  readonly #kept = new BoundedCache<string, Kept>(KEPT_LIMIT);

  async read(tx: WriteTransaction, topics: readonly Topic[]): Promise<Map<string, TopicFacts>> {
    const versions = await readCatalogVersions(tx, organizationsOf(topics));
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
