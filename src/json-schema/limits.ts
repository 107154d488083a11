/** How long compiling a schema or holding a value against it may take, in milliseconds. It is given up by a quarter more at the latest. */
export const CHECK_TIME_LIMIT_MS = 1000;

/** How many compiled schemas a thread keeps; the least recently used go first. */
export const COMPILED_LIMIT = 1000;

/** How many checks of one organization may wait at most: half of the events that may wait to be published, where that is not set otherwise. */
export const WAITING_LIMIT = 5000;

/** How long a check may wait for others of its organization, in milliseconds. */
export const WAITING_TIME_LIMIT_MS = 10_000;
