import { isoTime } from '../iso-time.js';
import type { OutgoingEvent } from './attempt.js';

/**
 * The JSON text that receivers get for an event: `id`, `type`, `timestamp` (ISO 8601 in UTC, with milliseconds), `organizationId`,
 * `test` (true, and only there) where `sendTestEvent` made it, and `data`. The payload is put in as the text that was accepted, never parsed and written anew: parsing would change long
 * numbers and repeated keys, and the signature is over these very bytes, on each retry.
 */
export function requestBody(event: OutgoingEvent): string {
  const { id, type, organizationId, isTest } = event;
  const timestamp = isoTime(event.createdAt);
  const envelope = JSON.stringify({ id, type, timestamp, organizationId, ...(isTest ? { test: true } : {}) });
  return `${envelope.slice(0, -1)},"data":${event.payload}}`;
}

const bytesOfEvents = new WeakMap<OutgoingEvent, Buffer>();

/** `requestBody` in UTF-8, made once per event object: an event that fans out to a thousand hooks is serialised once. */
export function requestBodyBytes(event: OutgoingEvent): Buffer {
  const known = bytesOfEvents.get(event);
  if (known !== undefined) return known;
  const bytes = Buffer.from(requestBody(event), 'utf8');
  bytesOfEvents.set(event, bytes);
  return bytes;
}
