import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEntity, p } from '@mikro-orm/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMigration } from '../../scripts/write-migration.js';
import type { Orm } from '../../src/database/connect.js';
import { openSqliteFile } from '../../src/database/open-sqlite.js';

const Extra = defineEntity({ name: 'Extra', tableName: 'extras', properties: { id: p.uuid().primary(), name: p.text() } });

let folder: string;
let orm: Orm;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  orm = openSqliteFile(':memory:');
});

afterEach(async () => {
  await orm.close();
  await rm(folder, { recursive: true });
});

/** The statements of the migration in a file: those of `up` and those of `down`. */
async function readStatements(fileName: string): Promise<string[][]> {
  const text = await readFile(join(folder, fileName), 'utf8');
  return text
    .split('override down()')
    .map((part) => [...part.matchAll(/this\.addSql\(`(.*)`\);/g)].map(([, sql]) => sql!.replaceAll('\\`', '')));
}

async function triggers(): Promise<string[]> {
  const rows = await orm.em.getConnection().execute<Array<{ name: string }>>(`select name from sqlite_schema where type = 'trigger'`);
  return rows.map(({ name }) => name);
}

describe('a migration that is written for SQLite', () => {
  it('makes what is new, takes it back, and leaves the triggers of the database alone', async () => {
    orm.discoverEntity(Extra);

    const fileName = await writeMigration(orm, folder, 'add-extras');

    expect(await readStatements(fileName)).toEqual([
      ['create table extras (id text not null primary key, name text not null);'],
      ['drop table if exists extras;'],
    ]);
    // Which are there, or nothing would have been left alone.
    expect((await triggers()).length).toBeGreaterThan(0);
  });

  it('can be run and taken back on a database as it is', async () => {
    orm.discoverEntity(Extra);
    const [up, down] = await readStatements(await writeMigration(orm, folder, 'add-extras'));
    const before = await triggers();

    for (const statement of [...up!, ...down!]) await orm.em.getConnection().execute(statement);

    expect(await triggers()).toEqual(before);
  });

  it('is none where there is nothing new', async () => {
    expect(await writeMigration(orm, folder, 'nothing')).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});
