/** The largest headers of an answer that are read: Node's own limit. */
export const HEADER_LIMIT_BYTES = 16 * 1024;

/** How much of a body is kept. */
export const KEPT_BODY_BYTES = 16 * 1024;

/**
 * How long the body of an answer is waited for once its headers are complete. The status has been given by then, and a receiver that leaves its
 * answer open must not turn its own 200 into a failure.
 */
export const BODY_WAIT_MS = 2000;

/**
 * How much may come for one request in all. Twice what an answer takes whose headers are as large as may be and whose body
 * is kept whole and comes in chunks of one byte.
 */
export const ANSWER_LIMIT_BYTES = 256 * 1024;
