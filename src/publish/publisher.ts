import type { Clock } from '../clock.js';
import type { WriteOne, Writes } from '../database/writes.js';
import { badInput, CallerError, OverloadedError } from '../errors.js';
import type { IdSource } from '../ids.js';
import type { JsonInput } from '../json/json-input.js';
import type { SchemaChecks } from '../json-schema/schema-checks.js';
import type { Named } from '../reach.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { acceptPayload } from './accept-payload.js';
import { BulkTurns } from './bulk-turns.js';
import { type Catalog, KeptCatalog } from './catalog.js';
import type { StoredEvent } from './owe-deliveries.js';
import { PayloadChecks, UncheckedPublish } from './payload-checks.js';
import { SharedCatalog } from './shared-catalog.js';
import { writePublishes, type Publish, type PublishResult } from './write-publishes.js';

/** What a caller asks to publish. */
export interface EventDraft {
  type: string;
  /** Null is a JSON value as any other, and GraphQL hands it over as it is; undefined where there is none. */
  payload: JsonInput | null | undefined;
  idempotencyKey?: string | null | undefined;
  orderingKey?: string | null | undefined;
}

/** An event as it was stored. */
export interface PublishedEvent {
  event: StoredEvent;
  /** Whether the idempotency key had been used within 24 hours, so that this is the event of then. */
  duplicate: boolean;
}

/** The most events one call may publish. */
export const EVENTS_LIMIT = 1000;

/** How soon a publish may be tried again that was refused because too many wait, in milliseconds. */
const RETRY_AFTER_MS = 1000;

export interface PublisherOptions {
  writes: Writes;
  clock: Clock;
  newId: IdSource;
  /** Whether this is the only server of the database, so that what it has read stays true until it is changed here. */
  isAlone?: boolean;
  payloads: StoredPayloads;
  /** Hold payloads against the schemas of their types. */
  schemas: SchemaChecks;
  /** How many events may wait to be written at most; no limit where it is not given. */
  waitingLimit?: number;
  /** Told of new deliveries right after their commit. */
  wake: (deliveries: readonly OpenDelivery[]) => void;
}

/** Stores events and what they owe. A publish that was answered is on disk. */
export class Publisher {
  readonly #clock: Clock;
  readonly #newId: IdSource;
  readonly #bulkTurns: BulkTurns;
  readonly #waitingLimit: number;
  #waitingCount = 0;
  readonly #checks: PayloadChecks;
  readonly #write: WriteOne<Publish, PublishResult>;

  constructor({ writes, clock, newId, payloads, schemas, isAlone = false, waitingLimit = Infinity, wake }: PublisherOptions) {
    this.#waitingLimit = waitingLimit;
    this.#clock = clock;
    this.#newId = newId;
    this.#bulkTurns = new BulkTurns(clock);
    const catalog = isAlone ? keepCatalog(writes) : new SharedCatalog();
    this.#checks = new PayloadChecks(schemas);
    this.#write = writes.laneBeside(writePublishes({ newId, payloads, wake, catalog }));
  }

  /** Publishes one event. Throws a `CallerError` when the organization or the type is unknown, or the payload or the key is refused. */
  async publishEvent(organization: Named, draft: EventDraft): Promise<PublishedEvent> {
    const [published] = await this.#publish(organization, [draft], () => 'input');
    return published!;
  }

  /** Publishes up to 1,000 events, all or none; the results are in the order given. */
  async publishEvents(organization: Named, drafts: readonly EventDraft[]): Promise<PublishedEvent[]> {
    if (drafts.length > EVENTS_LIMIT) {
      throw badInput([{ path: 'input.events', received: `${drafts.length} events`, expected: `at most ${EVENTS_LIMIT} events` }]);
    }
    return this.#publish(organization, drafts, (index) => `input.events[${index}]`);
  }

  async #publish(organization: Named, drafts: readonly EventDraft[], pathOf: (index: number) => string): Promise<PublishedEvent[]> {
    // Before anything is made of the payloads. One call by itself is let in, whatever the limit.
    if (this.#waitingCount > 0 && this.#waitingCount + drafts.length > this.#waitingLimit) throw overloaded(this.#waitingCount);
    this.#waitingCount += drafts.length;
    const write = () => {
      const publish = this.#accept(organization, drafts, pathOf);
      // Events without a schema, which are most, wait for nothing.
      const checks = this.#checks.begin(publish);
      return checks === undefined ? this.#write(publish) : checks.then(() => this.#write(publish));
    };
    try {
      let result = await (drafts.length > 1 ? this.#bulkTurns.run(drafts.length, write) : write());
      while (result instanceof UncheckedPublish) {
        await this.#checks.checkAgain(result);
        result = await this.#write(result.publish);
      }
      if (result instanceof CallerError || result instanceof OverloadedError) throw result;
      return result;
    } finally {
      this.#waitingCount -= drafts.length;
    }
  }

  /** Makes of a call what is written, once it is its turn. */
  #accept(organization: Named, drafts: readonly EventDraft[], pathOf: (index: number) => string): Publish {
    return {
      organization,
      publishedAt: this.#clock.now(),
      events: drafts.map(({ type, payload, idempotencyKey, orderingKey }, index) => ({
        id: this.#newId(),
        path: pathOf(index),
        type,
        payloadText: acceptPayload(payload, `${pathOf(index)}.payload`),
        idempotencyKey: idempotencyKey ?? null,
        orderingKey: orderingKey ?? null,
      })),
    };
  }
}

function overloaded(waitingCount: number): OverloadedError {
  return new OverloadedError(
    `${waitingCount} events wait to be written, and no more are taken at the moment. Nothing was changed; try again.`,
    RETRY_AFTER_MS,
  );
}

function keepCatalog(writes: Writes): Catalog {
  const catalog = new KeptCatalog();
  writes.onTransaction(() => catalog.forget());
  return catalog;
}
