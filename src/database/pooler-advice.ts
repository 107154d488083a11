/** For whoever has put one in between and forgotten the setting that belongs to it. */
export const POOLER_ADVICE = 'Behind a transaction pooler such as PgBouncer, set DATABASE_NOTIFICATIONS=poll.';
