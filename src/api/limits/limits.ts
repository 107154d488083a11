/** What one operation may be, over HTTP and over WebSocket alike. README gives these numbers too, and a test compares the two. */
export const limits = {
  /** Of a text, comments included. It holds before anything of the text is read, which takes some 150 ns a character. */
  characters: 64 * 1024,
  /**
   * Words, names and signs of a text, but for one `__typename` in each pair of braces (`document-words.ts`). Validating a text takes up
   * to the square of it: 0.1 s with so many. The largest query that tools send by themselves, introspection, has 184.
   */
  tokens: 2000,
  /** Fields in each other. From an organization to a header of what an attempt sent it takes 10. */
  depth: 15,
  /** Fields under another name, counted wherever a fragment brings them in: by them, one field is asked for many times. */
  aliases: 50,
  /** Fields at the beginning. Of a mutation each is a write of its own, one after the other; what comes in bulk has `publishEvents`. */
  rootFields: 20,
  /**
   * What all of it weighs (`weights.ts`). What a dashboard shows at first fits: 50 webhooks with up to 20 hooks each, all that there is to
   * say of a hook, its health and what is held. So does a page of 100 deliveries with all their attempts' outcomes. The heaviest that fits
   * makes some 900 statements, or an answer of 120 MiB where every payload is as large as can be.
   */
  weight: 40_000,
} as const;

/** How many errors of one request are found at most: of a text, and of its variables. More of them help nobody to mend it. */
export const ERRORS_LIMIT = 20;
