/**
 * A text as it is stored where nobody who reads the database alone may know it: only what has the keys makes one, and opens it
 * (`seal/seal-ring.ts`). A type of its own, so that what is in plain can't be put in its place.
 */
export type SealedText = string & { readonly [sealed]: true };

declare const sealed: unique symbol;
