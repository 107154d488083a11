import type { Clock } from './clock.js';
import type { Random } from './random.js';

/** Gives a new id each time it is called. */
export type NewId = () => string;

/** An id source that can be moved on. */
export interface IdSource extends NewId {
  /** From now on ids come after this one, which another server has given by a clock that is ahead. One that is behind changes nothing. */
  passOver(id: string): void;
}

/** The largest count that fits beside the milliseconds: `rand_a`, 12 bits (RFC 9562, section 6.2, method 1). */
const LARGEST_COUNT = 0xfff;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is spelled as the ids of this server are. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/**
 * Ids are UUIDv7 (RFC 9562, section 5.7) and rise strictly within a process, also inside one millisecond and when
 * the clock steps back: order by id is order of making, which paging and the order of a webhook's hooks rely on. So that they rise across a restart too, `after` is the last id
 * given before it.
 */
export function createIdSource(clock: Clock, random: Random, after: string | null = null): IdSource {
  let lastMs = 0;
  let count = 0;
  if (after !== null) passOver(after);
  return Object.assign(newId, { passOver });

  function passOver(id: string): void {
    const instant = instantOf(id);
    if (instant < lastMs) return;
    lastMs = instant + 1;
    count = 0;
  }

  function newId(): string {
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      count = 0;
    } else if (count === LARGEST_COUNT) {
      lastMs += 1;
      count = 0;
    } else {
      count += 1;
    }

    const bytes = random.bytes(16);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | count, 6);
    bytes[8] = 0x80 | (bytes[8]! & 0x3f);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

/** When an id was made, in milliseconds since the epoch. */
function instantOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Sorts before all ids of that instant and after all earlier ones: a UUIDv7 begins with its milliseconds (RFC 9562, section 5.7). */
export function lowestIdAt(instant: number): string {
  const hex = Math.max(instant, 0).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
