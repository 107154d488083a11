/** Publishes one event. */
export const PUBLISH_EVENT = 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate } }';

/** Publishes a list of events of one organization. */
export const PUBLISH_EVENTS = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate } }';

/** Makes an event's payload the size of a common one: with the envelope, some 700 bytes on the wire. */
export const FILLING = 'x'.repeat(500);

/** What an event says of itself to the receiver. */
export function payloadOf(number: number, dueAt: number): { number: number; dueAt: number; order: string } {
  return { number, dueAt, order: FILLING };
}
