/** Which database servers are measured on. */
export type DatabaseKind = 'sqlite' | 'postgres';

/** As they are called in reports and results. */
export const DATABASE_TITLES: Readonly<Record<DatabaseKind, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };
