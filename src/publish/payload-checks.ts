import { BoundedCache } from '../bounded-cache.js';
import { type Fault, OverloadedError } from '../errors.js';
import type { SchemaChecks } from '../json-schema/schema-checks.js';
import { isWithin } from '../reach.js';
import { topicName } from './catalog.js';
import type { CatalogEntry } from './read-catalog.js';
import type { EventToWrite, Publish } from './write-publishes.js';

/** How many types with a schema are remembered, the least recently used go first. */
const REMEMBERED_LIMIT = 1000;

/** What came of holding an event's payload against a schema. */
export interface PayloadCheck {
  /** Which schema it was, by `schemaKeyOf`. */
  readonly schemaKey: string;
  readonly faults: readonly Fault[];
  /** Why it could not be done, where it could not. */
  readonly refusal?: OverloadedError;
}

/** A publish that was not written, since payloads in it were not held against the schemas that their types have now. */
export class UncheckedPublish {
  constructor(
    readonly publish: Publish,
    /** By the names of types; those alone whose payloads are to be checked. */
    readonly entries: ReadonlyMap<string, CatalogEntry>,
  ) {}
}

/** Another one for each version of a type. */
export function schemaKeyOf({ id, version }: CatalogEntry): string {
  return `${id} ${version}`;
}

/**
 * Holds payloads against the schemas of their types before they are written, since a transaction may not wait for that. Which
 * schema that is, is certain only in the transaction. So it is done by the one that was seen last; where it is another one by
 * then, or was not seen yet, nothing is written, and it is done again.
 */
export class PayloadChecks {
  readonly #schemas: SchemaChecks;
  /** The entries with a schema that were seen last, by `topicName`. */
  readonly #seen = new BoundedCache<string, CatalogEntry>(REMEMBERED_LIMIT);

  constructor(schemas: SchemaChecks) {
    this.#schemas = schemas;
  }

  /** Checks the payloads whose types are known to have schemas; undefined where there are none. */
  begin(publish: Publish): Promise<void> | undefined {
    const organizationId = publish.organization.id;
    // Nobody learns anything of, or costs, another one's schema.
    if (this.#seen.size === 0 || !isWithin(publish.organization.reach, organizationId)) return undefined;
    let checks: Promise<void>[] | undefined;
    for (const event of publish.events) {
      const entry = this.#seen.get(topicName({ organizationId, type: event.type }));
      if (entry !== undefined) (checks ??= []).push(this.#check(organizationId, event, entry));
    }
    return checks === undefined ? undefined : Promise.all(checks).then(() => {});
  }

  /** Checks what was not, by the schemas that there are now. */
  async checkAgain({ publish, entries }: UncheckedPublish): Promise<void> {
    const organizationId = publish.organization.id;
    for (const [type, entry] of entries) {
      const name = topicName({ organizationId, type });
      if (entry.schema === null) this.#seen.delete(name);
      else this.#seen.set(name, entry);
    }
    await Promise.all(
      publish.events.map(async (event) => {
        const entry = entries.get(event.type);
        if (entry?.schema === null) event.check = undefined;
        else if (entry !== undefined && isUnchecked(event, entry)) await this.#check(organizationId, event, entry);
      }),
    );
  }

  async #check(organizationId: string, event: EventToWrite, entry: CatalogEntry): Promise<void> {
    const schemaKey = schemaKeyOf(entry);
    const { type, path, payloadText } = event;
    try {
      const version = { organizationId, type, schemaKey, schema: entry.schema! };
      event.check = { schemaKey, faults: await this.#schemas.findPayloadFaults(version, payloadText, path) };
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      event.check = { schemaKey, faults: [], refusal: error };
    }
  }
}

/** Whether what an event's payload was held against is another schema than its type has now. */
export function isUnchecked(event: EventToWrite, entry: CatalogEntry | undefined): boolean {
  if (entry === undefined || entry.schema === null) return entry !== undefined && event.check !== undefined;
  return event.check?.schemaKey !== schemaKeyOf(entry);
}
