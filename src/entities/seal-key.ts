import { defineEntity, p } from '@mikro-orm/core';
import type { SealedText } from './sealed-text.js';

/**
 * A key that has sealed something, or is about to. Its row comes before the first text that it seals, and goes when there is none
 * left: so a server that has all keys of this table can open whatever is stored.
 */
export const SealKeySchema = defineEntity({
  name: 'SealKey',
  tableName: 'seal_keys',
  properties: {
    /** Follows from the key, and tells nothing of it. */
    id: p.text().primary(),
    /** A known text that the key has sealed: which shows at a start whether a key is the one. */
    specimen: p.text().$type<SealedText>(),
    /**
     * Since when a re-sealing puts another key in its place, in milliseconds since the epoch; null while it is in use. A server that
     * seals with it all the same makes it null again, in the same transaction, and so it stays.
     */
    retiredAt: p.bigint('number').nullable(),
  },
});

export class SealKey extends SealKeySchema.class {}

SealKeySchema.setClass(SealKey);
