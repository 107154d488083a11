import type { Tables } from '../database/connect.js';
import { beginSealing } from './begin-sealing.js';
import { isSealed, type SealRing } from './seal-ring.js';

/** An event's payload, and whose it is. */
export interface OwnedPayload {
  id: string;
  organizationId: string;
  payload: string;
}

/**
 * How payloads stand in the database: in plain or sealed, as the setting said when they were written. Both are read, whatever it
 * says now: JSON never looks like a sealed text.
 */
export class StoredPayloads {
  readonly #ring: SealRing;
  readonly #isSealing: boolean;

  constructor(ring: SealRing, isSealing: boolean) {
    this.#ring = ring;
    this.#isSealing = isSealing;
  }

  /** What makes of accepted payloads what is stored, within this transaction. */
  async beginWriting(db: Tables): Promise<(event: OwnedPayload) => string> {
    if (!this.#isSealing) return ({ payload }) => payload;
    const seal = await beginSealing(db, this.#ring);
    return ({ id, organizationId, payload }) => seal(payload, { organizationId, column: 'events.payload', id });
  }

  /** The payload as it was accepted; one that is not stored yet is that already. Throws a `SealError` where it does not open. */
  open({ id, organizationId, payload }: OwnedPayload): string {
    return isSealed(payload) ? this.#ring.open(payload, { organizationId, column: 'events.payload', id }) : payload;
  }
}
