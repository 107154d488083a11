import { describe, expect, it } from 'vitest';
import { postgresMigrations } from '../../src/database/migrations/postgres/all.js';
import { openPostgres } from '../../src/database/open-postgres.js';
import { makeDatabase } from '../support/postgres.js';
import { startPooler } from './start-pooler.js';

const settings = { dataDir: '', databasePoolSize: 2, databaseStatementTimeoutMs: 60_000, databaseNotifications: 'poll' } as const;

describe('servers that start behind a transaction pooler', () => {
  it('run the migrations once, though there are more servers than connections', async () => {
    await using database = await makeDatabase({ isEmpty: true });
    await using pooler = await startPooler({ connectionCount: 2 });
    const url = pooler.through(database.url);

    const opening = await Promise.allSettled(Array.from({ length: 5 }, () => openPostgres(url, settings)));

    const opened = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const run = await opened[0]!.em.getConnection().execute('select name from migrations');
    for (const orm of opened) await orm.close();
    expect(opening.map(({ status }) => status)).toEqual(opening.map(() => 'fulfilled'));
    expect(run).toHaveLength(postgresMigrations.length);
  });
});
