import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { SealedText } from '../entities/sealed-text.js';
import type { Random } from '../random.js';
import { SealError } from './seal-error.js';

/** The columns that have sealed texts, by their names in the database: they are part of each seal, and never change. */
export type SealedColumn =
  | 'webhooks.signing_secret'
  | 'authentications.client_secret'
  | 'authentications.header_value_format'
  | 'authentications.extra_parameters'
  | 'events.payload'
  | 'seal_keys.specimen';

/** Where a sealed text lives. It opens there and nowhere else, so that none can be put in another's place. */
export interface SealPlace {
  /** Whose it is; empty for what is nobody's. */
  organizationId: string;
  column: SealedColumn;
  /** Of the row. */
  id: string;
}

const CIPHER = 'aes-256-gcm';
/** What GCM takes as it is (NIST SP 800-38D, section 8.2); random, so a key is good for 2^32 texts. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The `1` is of the whole way of sealing: another one gets another number. */
const SEALED = /^sealed:1:([0-9a-f]{8}):([\w-]+)$/;

/** By which a sealed text is told from one in plain: no JSON begins so, nor does a signing secret. */
export const MARK = 'sealed:';

/**
 * Seals and opens texts by AES-256-GCM, with a ring of keys: the first seals, all of them open. A sealed text reads
 * `sealed:1:<id of the key>:<base64url of IV, ciphertext and tag>`.
 */
export class SealRing {
  /** The id of the key that seals. */
  readonly firstId: string;
  readonly #first: Buffer;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #random: Random;

  /** `keys` has at least one, each of 32 bytes. */
  constructor(keys: readonly Buffer[], random: Random) {
    this.#first = keys[0]!;
    this.firstId = idOfKey(this.#first);
    this.#keys = new Map(keys.map((key) => [idOfKey(key), key]));
    this.#random = random;
  }

  /** The ids of all keys, the one that seals first. */
  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Whether it has the key of this id. */
  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** What all texts begin with that the first key has sealed. */
  get firstPrefix(): string {
    return `${MARK}1:${this.firstId}:`;
  }

  /** A key for another purpose of each key of the ring, in their order: who has it knows nothing of the others. */
  deriveKeys(purpose: string): readonly Buffer[] {
    return [...this.#keys.values()].map((key) => Buffer.from(hkdfSync('sha256', key, '', `hookgraph ${purpose}`, key.length)));
  }

  /** Before the first text that is stored, the table of keys must know of the key: see `beginSealing`. */
  seal(text: string, place: SealPlace): SealedText {
    const iv = this.#random.bytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#first, iv, { authTagLength: TAG_BYTES }).setAAD(nameOf(place));
    const bytes = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.firstPrefix}${bytes.toString('base64url')}` as SealedText;
  }

  /** Throws a `SealError` where it was not sealed, or by a key that is not here, or for another place, or was changed. */
  open(sealed: string, place: SealPlace): string {
    const [, id, text] = SEALED.exec(sealed) ?? [];
    if (id === undefined || text === undefined) throw new SealError(place, 'is not sealed as it should be');
    const key = this.#keys.get(id);
    if (key === undefined) throw new SealError(place, `was sealed with the key ${id}, which is not among the encryption keys`);
    const bytes = Buffer.from(text, 'base64url');
    try {
      // Of the last character some bits mean nothing; all the same it is as it was written, or it was changed.
      if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) throw new Error('It is cut off or misspelled.');
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(nameOf(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new SealError(place, 'does not open: it was changed, or comes from another place', error);
    }
  }
}

/** Whether a stored text is sealed; of those alone that are never in plain like this, as `MARK` says. */
export function isSealed(stored: string): boolean {
  return stored.startsWith(MARK);
}

/** Tells keys apart, and nothing of what they are: an operator lists keys, and has no names to invent. */
export function idOfKey(key: Buffer): string {
  return createHash('sha256').update('hookgraph encryption key ').update(key).digest('hex').slice(0, 8);
}

/** The associated data: ids and names of columns have no spaces. */
function nameOf({ organizationId, column, id }: SealPlace): Buffer {
  return Buffer.from(`${organizationId} ${column} ${id}`);
}
