import type { ServerProcess } from '../support/server-process.js';

/** An event to publish, under a key by which it can be published again. */
export interface Draft {
  idempotencyKey: string;
  payload: unknown;
}

const ONE = 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate event { id } } }';
const MANY = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id } } }';

/** Drafts with the keys `<name>-<from>`, `<name>-<from + 1>`, …, whose payloads are not all ASCII and differ in length. */
export function draftEvents(name: string, count: number, from = 1): Draft[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return { idempotencyKey: `${name}-${n}`, payload: { n, by: name, note: 'grüße 🎟 '.repeat(n % 7), lines: [{ price: 0.1 * n }, null] } };
  });
}

/** Publishes a single draft as an event, and several in one call. The answers are in their order. */
export async function publishDrafts(
  server: Pick<ServerProcess, 'gql'>,
  organizationId: string,
  drafts: readonly Draft[],
): Promise<Array<{ eventId: string; duplicate: boolean }>> {
  const events = drafts.map((draft) => ({ type: 'order_created', ...draft }));
  const results =
    events.length === 1
      ? [(await server.gql(ONE, { input: { organizationId, ...events[0] } })).publishEvent]
      : (await server.gql(MANY, { input: { organizationId, events } })).publishEvents;
  return results.map(({ duplicate, event }: any) => ({ eventId: event.id, duplicate }));
}
