import type { Named, Reach } from './reach.js';

/** Who asks for a change, and from where, as the audit log tells it; with what he reaches. */
export interface Actor extends Reach {
  readonly kind: 'ADMIN' | 'API_KEY' | 'STREAM_TOKEN';
  /** Of the API key, or of the stream token; null for the admin. */
  readonly id: string | null;
  /** What the API key is called; null for the others. */
  readonly name: string | null;
  /** How the API key begins; null for the others. */
  readonly hint: string | null;
  /** The IP address that the request came from; null where it is not known any more, since the connection is gone. */
  readonly address: string | null;
}

/** The id of something that is to be changed, as an actor named it. */
export interface NamedBy extends Named {
  readonly reach: Actor;
}
