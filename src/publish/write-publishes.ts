import type { Premise } from '../database/statement-pair.js';
import type { PlanMany, WriteTransaction } from '../database/writes.js';
import type { CallerError, OverloadedError } from '../errors.js';
import { badInput, describe, type Fault, notFound } from '../errors.js';
import { type IdSource, isId } from '../ids.js';
import { isOperational } from '../operational-types.js';
import { isWithin, type Named } from '../reach.js';
import type { OpenDelivery } from '../send/attempt.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { isStorable } from '../storable-text.js';
import { type Catalog, type CatalogFacts, type Topic, topicName } from './catalog.js';
import { findKeyFaults, keyName, readKeyedEvents, refuseOtherEvent } from './idempotency.js';
import { insertKeys, type NewKey } from './insert-keys.js';
import { insertOwed } from './insert-owed.js';
import { oweDeliveries, type StoredEvent } from './owe-deliveries.js';
import { isUnchecked, type PayloadCheck, UncheckedPublish } from './payload-checks.js';
import type { PublishedEvent } from './publisher.js';
import type { CatalogEntry } from './read-catalog.js';

/** One call's events: all of them are written, or none. */
export interface Publish {
  organization: Named;
  publishedAt: number;
  events: EventToWrite[];
}

export interface EventToWrite {
  id: string;
  /** Where it stood in the call, for errors. */
  path: string;
  type: string;
  payloadText: string;
  /** What came of holding the payload against a schema; nothing where that was not done yet. */
  check?: PayloadCheck | undefined;
  idempotencyKey: string | null;
  orderingKey: string | null;
}

export interface WritePublishesOptions {
  newId: IdSource;
  catalog: Catalog;
  payloads: StoredPayloads;
  wake: (deliveries: readonly OpenDelivery[]) => void;
}

/** The most faults of one call that are told. */
const FAULT_LIMIT = 100;

/** What comes of a publish: its events, why it is refused, or what is to be checked before it can be written. */
export type PublishResult = PublishedEvent[] | CallerError | OverloadedError | UncheckedPublish;

/** What the batch's publishes come to, before anything is written. */
interface Plan {
  events: StoredEvent[];
  keys: NewKey[];
  deliveries: OpenDelivery[];
}

/**
 * Writes many publishes at once. True together in the one transaction: an event, its idempotency key, and one delivery
 * for each hook that was active when it was written. A refused publish is a value, so that it hurts none of its batch.
 */
export function writePublishes(options: WritePublishesOptions): PlanMany<Publish, PublishResult> {
  return async (tx, publishes) => {
    const now = Math.max(...publishes.map(({ publishedAt }) => publishedAt));
    const known = await readWhatIsKnown(tx, publishes, now, options);
    const plan: Plan = { events: [], keys: [], deliveries: [] };
    const results = publishes.map((publish) => planPublish(publish, known, plan, options));
    return {
      orderedHookIds: plan.deliveries.flatMap(({ hookId, orderingKey }) => (orderingKey === null ? [] : [hookId])),
      async write() {
        const due = await insertPlanned(tx, plan, options, known.premise);
        await insertKeys(tx, plan.keys, now);
        if (due.length > 0) tx.afterCommit(() => options.wake(due));
        return results;
      },
    };
  };
}

/** Whatever is written, the premise is asked: a refusal rests on it too. */
async function insertPlanned(
  tx: WriteTransaction,
  plan: Plan,
  options: WritePublishesOptions,
  premise?: Premise,
): Promise<readonly OpenDelivery[]> {
  if (plan.events.length > 0) return insertOwed(tx, plan, options, premise);
  await premise?.check(tx.db);
  return [];
}

/** Stands for what a call without events is about: its organization alone. */
const NO_EVENT = { type: '' };

interface Known extends CatalogFacts {
  /** By `keyName`; events of this batch are added as they are planned, so that two with one key at the same moment meet. */
  keyedEvents: Map<string, StoredEvent>;
}

/** Reads once for the batch what each publish in it has to know. */
async function readWhatIsKnown(
  tx: WriteTransaction,
  publishes: readonly Publish[],
  now: number,
  { catalog, payloads }: WritePublishesOptions,
): Promise<Known> {
  const topics = new Map<string, Topic>();
  for (const { organization, events } of publishes) {
    const organizationId = organization.id;
    for (const { type } of events.length === 0 ? [NO_EVENT] : events)
      topics.set(topicName({ organizationId, type }), { organizationId, type });
  }
  // What no row can have is not asked for: PostgreSQL breaks off at it, and that would hurt the whole batch.
  const keys = publishes.flatMap(({ organization: { id: organizationId }, events }) =>
    events.flatMap(({ idempotencyKey: key }) =>
      key === null || !isId(organizationId) || !isStorable(key) ? [] : [{ organizationId, key }],
    ),
  );
  return { ...(await catalog.read(tx, [...topics.values()])), keyedEvents: await readKeyedEvents(tx, payloads, { keys, now }) };
}

function planPublish(publish: Publish, known: Known, plan: Plan, { newId }: WritePublishesOptions): PublishResult {
  const { organization, publishedAt } = publish;
  const organizationId = organization.id;
  const factsOf = ({ type }: { type: string }) => known.topics.get(topicName({ organizationId, type }))!;
  const isThere = factsOf(publish.events[0] ?? NO_EVENT).isOrganizationKnown && isWithin(organization.reach, organizationId);
  if (!isThere) return notFound('organization', organizationId);

  const unchecked = publish.events.filter((event) => isUnchecked(event, factsOf(event).entry));
  if (unchecked.length > 0) return new UncheckedPublish(publish, new Map(unchecked.map((event) => [event.type, factsOf(event).entry!])));
  const faults = publish.events.flatMap((event) => findFaults(event, factsOf(event).entry));
  if (faults.length > 0) return badInput(faults.slice(0, FAULT_LIMIT));
  const refused = publish.events.find((event) => event.check?.refusal !== undefined);
  if (refused !== undefined) return refused.check!.refusal!;

  const added: Plan = { events: [], keys: [], deliveries: [] };
  const keysAdded = new Map<string, StoredEvent>();
  const results: PublishedEvent[] = [];
  for (const sent of publish.events) {
    const name = sent.idempotencyKey === null ? null : keyName(organizationId, sent.idempotencyKey);
    const earlier = name === null ? undefined : (known.keyedEvents.get(name) ?? keysAdded.get(name));
    if (earlier !== undefined) {
      const refusal = refuseOtherEvent(earlier, sent);
      if (refusal !== undefined) return refusal;
      results.push({ event: earlier, duplicate: true });
      continue;
    }

    const { id, type, payloadText: payload, orderingKey } = sent;
    const event: StoredEvent = { id, organizationId, type, payload, orderingKey, isTest: false, createdAt: publishedAt };
    added.events.push(event);
    if (name !== null) {
      keysAdded.set(name, event);
      added.keys.push({ organizationId, key: sent.idempotencyKey!, eventId: sent.id, createdAt: publishedAt });
    }
    added.deliveries.push(...oweDeliveries(event, factsOf(event).hooks, newId));
    results.push({ event, duplicate: false });
  }

  // Only now is it certain that none of the call's events is refused.
  plan.events.push(...added.events);
  plan.keys.push(...added.keys);
  for (const delivery of added.deliveries) plan.deliveries.push(delivery);
  for (const [name, event] of keysAdded) known.keyedEvents.set(name, event);
  return results;
}

function findFaults(event: EventToWrite, entry: CatalogEntry | undefined): Fault[] {
  return [
    ...findKeyFaults(event.idempotencyKey, `${event.path}.idempotencyKey`),
    ...findKeyFaults(event.orderingKey, `${event.path}.orderingKey`),
    ...findPayloadFaults(event, entry),
  ];
}

function findPayloadFaults(event: EventToWrite, entry: CatalogEntry | undefined): readonly Fault[] {
  if (isOperational(event.type)) {
    const expected = 'a type of your own: events of this one come from the server alone';
    return [{ path: `${event.path}.type`, received: describe(event.type), expected }];
  }
  if (entry === undefined) {
    const expected = "the name of an event type in the organization's catalog (registerEventType adds one)";
    return [{ path: `${event.path}.type`, received: describe(event.type), expected }];
  }
  return event.check?.faults ?? NO_FAULTS;
}

const NO_FAULTS: readonly Fault[] = [];
