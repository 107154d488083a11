import { type Cipheriv, createCipheriv, createDecipheriv, createHash, type Decipheriv } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.js';
import { badInput, describe } from '../errors.js';
import type { Random } from '../random.js';
import type { LogEntry } from './log.js';

/** The logs that have cursors. A place in one of them is none in the other. */
export type LogName = 'change' | 'health';

/** What tells the logs apart within a cursor, and what a caller calls the streams of each. */
const logs: Record<LogName, { mark: number; streams: string }> = {
  change: { mark: 1, streams: 'deliveryAttempts and deliveryResults' },
  health: { mark: 2, streams: 'hookHealth' },
};

/** Names the two reasons for which a cursor that once worked is refused: those who kept one can't tell, and nor can we. */
const EXPECTED =
  'a cursor that this organization was given: that of an earlier notice, or its streamCursor (cursors of earlier versions, and those made with an encryption key that is gone, no longer work: start again from a new streamCursor)';

const CIPHER = 'aes-256-ecb';

/** The block of AES: each stands for one place. */
const BLOCK_BYTES = 16;

/** What a block has: the place, which log it is in, what makes two blocks of one place differ, and whose it is. */
const LOG_AT = 6;
const SALT_AT = 7;
const OWNER_AT = 11;
const NO_SALT = Buffer.alloc(OWNER_AT - SALT_AT);

/** How many organizations are known by their marks: making one takes as long as the rest of a cursor. */
const KEPT_OWNERS = 1000;

/**
 * Makes and opens the cursors of the live streams: places in the logs, which are counters of the whole database, so that an organization
 * must not read how much others do from those that it is given. A cursor is opaque, and good for its organization alone.
 *
 * A place is enciphered as one block of AES-256, together with a mark of its organization that has to be there when it is opened: so it
 * opens for that one alone, and nobody can make one up. (That a block is a permutation of all blocks is what makes it both; there is no
 * mode around it, since no two blocks belong together.) The cursor of a notice is always the same, as the text of the notice is, which is
 * made once for all subscribers. The cursor of a moment is another one each time, since whoever asks for it again and again would see from
 * it that others have done something. It has a block for each log.
 */
export class Cursors {
  readonly #cipher: Cipheriv;
  readonly #deciphers: readonly Decipheriv[];
  readonly #random: Random;
  readonly #owners = new BoundedCache<string, Buffer>(KEPT_OWNERS);

  /** `keys` has at least one, each of 32 bytes: the first makes cursors, all of them open. */
  constructor(keys: readonly Buffer[], random: Random) {
    // One block depends on no other, so one cipher does for all of them; to make one takes longer than to use it.
    this.#cipher = createCipheriv(CIPHER, keys[0]!, null).setAutoPadding(false);
    this.#deciphers = keys.map((key) => createDecipheriv(CIPHER, key, null).setAutoPadding(false));
    this.#random = random;
  }

  /** The cursor of a notice: what follows it is what comes after this entry of the log. */
  ofEntry(log: LogName, { organizationId, sequence }: Pick<LogEntry, 'organizationId' | 'sequence'>): string {
    return this.#encipher(log, organizationId, sequence, NO_SALT).toString('base64url');
  }

  /** The cursor of a moment, by the last places of the logs at that moment. Each stream takes it. */
  ofMoment(organizationId: string, places: Record<LogName, number>): string {
    const salt = this.#random.bytes(NO_SALT.length);
    const names = Object.keys(places) as LogName[];
    return Buffer.concat(names.map((log) => this.#encipher(log, organizationId, places[log], salt))).toString('base64url');
  }

  /** The place in a log that a cursor stands for. Throws where it was not given to this organization, or has no place in this log. */
  placeOf(log: LogName, organizationId: string, cursor: string, path: string): number {
    const places = this.#placesOf(organizationId, cursor);
    const place = places.get(log);
    if (place !== undefined) return place;
    const [other] = places.keys();
    const expected =
      other === undefined
        ? EXPECTED
        : `a cursor of ${logs[log].streams}, or the organization's streamCursor: this one is of ${logs[other].streams}`;
    throw badInput([{ path, received: describe(cursor), expected }]);
  }

  #encipher(log: LogName, organizationId: string, place: number, salt: Buffer): Buffer {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    block.writeUIntBE(place, 0, LOG_AT);
    block[LOG_AT] = logs[log].mark;
    block.set(salt, SALT_AT);
    block.set(this.#ownerOf(organizationId), OWNER_AT);
    return this.#cipher.update(block);
  }

  /** None where the cursor is none of this organization. */
  #placesOf(organizationId: string, cursor: string): ReadonlyMap<LogName, number> {
    const bytes = Buffer.from(cursor, 'base64url');
    const places = new Map<LogName, number>();
    // Of the last character some bits mean nothing; all the same it is as it was given, or is none.
    if (bytes.length % BLOCK_BYTES !== 0 || bytes.length > 2 * BLOCK_BYTES || bytes.toString('base64url') !== cursor) return places;
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = this.#decipher(bytes.subarray(at, at + BLOCK_BYTES), this.#ownerOf(organizationId));
      const log = block && (Object.keys(logs) as LogName[]).find((name) => logs[name].mark === block[LOG_AT]);
      if (log === undefined) return new Map();
      places.set(log, block!.readUIntBE(0, LOG_AT));
    }
    return places;
  }

  #decipher(enciphered: Buffer, owner: Buffer): Buffer | undefined {
    for (const decipher of this.#deciphers) {
      const block = decipher.update(enciphered);
      if (block.subarray(OWNER_AT).equals(owner)) return block;
    }
    return undefined;
  }

  #ownerOf(organizationId: string): Buffer {
    return this.#owners.getOrMake(organizationId, () =>
      createHash('sha256')
        .update(organizationId)
        .digest()
        .subarray(0, BLOCK_BYTES - OWNER_AT),
    );
  }
}
