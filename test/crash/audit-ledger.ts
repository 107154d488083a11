import { isDeepStrictEqual } from 'node:util';
import type { Ledger, SeenRequest, StoredAttempt, StoredDelivery } from './ledger.js';

export interface Audit {
  /** What was promised and not kept, a sentence each. */
  faults: string[];
  /** Requests of attempts that a kill kept from the record: their deliveries were sent again. */
  doubleCount: number;
}

/** Holds the promises against what happened, once all has settled. */
export function auditLedger(ledger: Ledger): Audit {
  const requests = Map.groupBy(ledger.requests, ({ deliveryId }) => deliveryId);
  const attempts = Map.groupBy(ledger.attempts, ({ deliveryId }) => deliveryId);
  const faults = [...findUnkeptEvents(ledger), ...findUnkeptDeliveries(ledger), ...findUntold(ledger)];
  const bodies = expectedBodies(ledger);
  let doubleCount = 0;
  for (const delivery of ledger.deliveries) {
    const received = requests.get(delivery.id) ?? [];
    const recorded = attempts.get(delivery.id) ?? [];
    faults.push(...findWrongEnds(delivery, recorded), ...findWrongRequests(delivery, received, bodies.get(delivery.eventId)));
    const { unexplained, doubles } = comparePerLife(delivery, received, recorded, ledger.lifeCount);
    faults.push(...unexplained);
    doubleCount += doubles;
  }

  const known = new Set(ledger.deliveries.map(({ id }) => id));
  for (const id of requests.keys()) if (!known.has(id)) faults.push(`${id} was received and is no delivery`);
  for (const id of attempts.keys()) if (!known.has(id)) faults.push(`${id} has attempts and is no delivery`);
  return { faults, doubleCount };
}

function findUnkeptEvents({ acknowledged, events }: Ledger): string[] {
  const stored = new Set(events.map(({ id }) => id));
  const promised = new Set(acknowledged.map(({ eventId }) => eventId));
  const lost = [...promised].filter((id) => !stored.has(id)).map((id) => `event ${id} was acknowledged and is gone`);
  // Whatever was published was published again until it was acknowledged, so an event of which nobody knows is a second one.
  const doubled = [...stored].filter((id) => !promised.has(id)).map((id) => `event ${id} is there and nobody was told of it`);
  const keyed = [...Map.groupBy(acknowledged, ({ idempotencyKey }) => idempotencyKey)]
    .filter(([, answers]) => new Set(answers.map(({ eventId }) => eventId)).size > 1)
    .map(([key]) => `key ${key} stands for several events`);
  return [...lost, ...doubled, ...keyed];
}

function findUnkeptDeliveries({ events, deliveries, hookIds }: Ledger): string[] {
  const owed = new Set(events.flatMap(({ id }) => hookIds.map((hookId) => `${id} to ${hookId}`)));
  const faults: string[] = [];
  const made = new Set<string>();
  for (const { eventId, hookId } of deliveries) {
    const name = `${eventId} to ${hookId}`;
    if (!owed.has(name)) faults.push(`event ${name} is delivered and not owed`);
    if (made.has(name)) faults.push(`event ${name} has two deliveries`);
    made.add(name);
  }
  return [...faults, ...[...owed].filter((name) => !made.has(name)).map((name) => `event ${name} has no delivery`)];
}

function findUntold({ attempts, logged, told }: Ledger): string[] {
  const recorded = attempts.map(({ id }) => id).toSorted();
  const faults = isDeepStrictEqual(logged.toSorted(), recorded) ? [] : ['the log of changes does not have each attempt once'];
  if (told === null || isDeepStrictEqual(told, logged)) return faults;

  const inLog = new Set(logged);
  const inTold = new Set(told);
  const missed = logged.filter((id) => !inTold.has(id)).map((id) => `attempt ${id} was not told`);
  const invented = [...inTold].filter((id) => !inLog.has(id)).map((id) => `attempt ${id} was told and is not in the log`);
  const twice = told.length > inTold.size ? [`${told.length - inTold.size} attempts were told twice`] : [];
  const others = [...missed, ...invented, ...twice];
  return [...faults, ...(others.length > 0 ? others : ['attempts were told in another order than the log has'])];
}

function findWrongEnds({ id, status, attemptCount }: StoredDelivery, recorded: readonly StoredAttempt[]): string[] {
  const faults: string[] = [];
  if (status !== 'SUCCEEDED') faults.push(`delivery ${id} is ${status}`);
  const found = recorded.toSorted((a, b) => a.number - b.number).map((attempt) => `${attempt.number} ${attempt.status}`);
  const expected = found.map((_, index) => `${index + 1} ${index + 1 < found.length ? 'RETRYING' : 'SUCCEEDED'}`);
  if (found.length === 0 || !isDeepStrictEqual(found, expected)) faults.push(`delivery ${id} has the attempts [${found.join(', ')}]`);
  if (attemptCount !== recorded.length) faults.push(`delivery ${id} counts ${attemptCount} attempts and has ${recorded.length}`);
  return faults;
}

function findWrongRequests({ id, hookId }: StoredDelivery, received: readonly SeenRequest[], expected: unknown): string[] {
  const faults: string[] = [];
  if (received.some((request) => request.hookId !== hookId)) faults.push(`delivery ${id} came to another hook's receiver`);
  if (received.some(({ isSigned }) => !isSigned)) faults.push(`delivery ${id} came with a signature that is not accepted`);
  if (new Set(received.map(({ body }) => body)).size > 1) faults.push(`delivery ${id} came with different bodies`);
  if (received.some(({ body }) => !isDeepStrictEqual(parse(body), expected))) faults.push(`delivery ${id} came with a wrong body`);
  return faults;
}

/**
 * What each life sent against what it recorded. All that was answered and recorded was received. The one thing that may be
 * received and not recorded is what was on the wire when the life was killed: one request of a delivery, as it is sent
 * once at a time.
 */
function comparePerLife(
  { id }: StoredDelivery,
  received: readonly SeenRequest[],
  recorded: readonly StoredAttempt[],
  lifeCount: number,
): { unexplained: string[]; doubles: number } {
  const unexplained: string[] = [];
  let doubles = 0;
  for (const life of new Set([...received, ...recorded].map((one) => one.life))) {
    const receivedCount = received.filter((request) => request.life === life).length;
    const recordedCount = recorded.filter((attempt) => attempt.life === life).length;
    const onTheWireLimit = life < lifeCount ? 1 : 0;
    const tally = `was received ${receivedCount} times and recorded ${recordedCount} times in life ${life}`;
    if (receivedCount < recordedCount) unexplained.push(`delivery ${id} ${tally}`);
    if (receivedCount > recordedCount + onTheWireLimit) unexplained.push(`delivery ${id} ${tally}, which no kill explains`);
    doubles += Math.max(receivedCount - recordedCount, 0);
  }
  return { unexplained, doubles };
}

/** The bodies that receivers are promised, by event, with the payload as its publisher has it. */
function expectedBodies({ organizationId, events, acknowledged }: Ledger): Map<string, unknown> {
  const payloads = new Map(acknowledged.map(({ eventId, payload }) => [eventId, payload]));
  return new Map(
    events.map(({ id, type, createdAt }) => [
      id,
      { id, type, timestamp: new Date(createdAt).toISOString(), organizationId, data: payloads.get(id) },
    ]),
  );
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
