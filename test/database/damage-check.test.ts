import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDamage } from '../../src/database/damage/find-damage.js';
import { makeOrganization, publishMany } from '../support/platform.js';
import { startServerProcess } from '../support/server-process.js';
import { startTestServer } from '../support/server.js';

let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  file = join(dataDir, 'hookgraph.sqlite');
  const server = await startTestServer({ config: { dataDir } });
  const organizationId = await makeOrganization(server);
  await publishMany(server, organizationId, 1000);
  await server.stop();
});

afterEach(() => rm(dataDir, { recursive: true }));

/** Overwrites a page in the middle of the events, as a disk does that lies. */
async function damageEvents(): Promise<void> {
  const database = new BetterSqlite(file, { readonly: true });
  const pages = database.prepare(`select pageno from dbstat where name = 'events' and pagetype = 'leaf' order by path`).pluck().all();
  const size = database.pragma('page_size', { simple: true }) as number;
  database.close();
  const page = (pages as number[])[Math.floor(pages.length / 2)]!;
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(size, 0x41), 0, size, (page - 1) * size);
  await handle.close();
}

async function health(url: string) {
  const response = await fetch(`${url}/health`);
  return { code: response.status, ...((await response.json()) as object) };
}

describe('the look for damage', () => {
  it('finds nothing in a database that is sound, also while it is written', async () => {
    const database = new BetterSqlite(file);
    database.exec(`begin immediate; insert into organizations (id, name, created_at) values ('x', 'X', 0)`);

    expect(findDamage(file)).toEqual([]);
    database.exec('commit');
    database.close();
  });

  it('finds a page that was overwritten, in a few lines', async () => {
    await damageEvents();

    const findings = findDamage(file);

    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThanOrEqual(5);
  });

  it('finds that it is no database', async () => {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(100), 0, 100, 0);
    await handle.close();

    expect(findDamage(file)).toEqual(['file is not a database']);
  });

  it('throws where there is none', () => {
    expect(() => findDamage(join(dataDir, 'nothing'))).toThrow('unable to open');
  });
});

describe('a server that starts', { concurrent: false }, () => {
  it('after a kill reads its database through, finds damage, and tells the log and its health until it is mended', async () => {
    const killed = await startServerProcess(dataDir);
    await killed.gql('mutation { createOrganization(input: { name: "x" }) { id } }');
    await killed.end('SIGKILL');
    await damageEvents();

    const second = await startServerProcess(dataDir);
    const damaged = await second.logged('database.damaged');
    const told = await health(second.url);
    await second.end('SIGTERM');
    await using third = await startServerProcess(dataDir);
    await third.logged('database.damaged');

    expect(damaged).toMatchObject({ level: 'error', findings: expect.arrayContaining([expect.any(String)]) });
    expect(told).toEqual({ code: 503, status: 'failing', problems: ['The database file is damaged; the log says where.'] });
    expect(await health(third.url)).toEqual(told);
  });

  it('after a kill with a sound database says so, and looks no more after a stop', async () => {
    const killed = await startServerProcess(dataDir);
    await killed.gql('mutation { createOrganization(input: { name: "x" }) { id } }');
    await killed.end('SIGKILL');

    const second = await startServerProcess(dataDir);
    await second.logged('database.checked');
    const told = await health(second.url);
    expect(await second.end('SIGTERM')).toBe(0);
    const files = await readdir(dataDir);
    await using third = await startServerProcess(dataDir);

    expect(told).toEqual({ code: 200, status: 'ok' });
    expect(files).not.toContain('hookgraph.sqlite-wal');
    expect(files).not.toContain('hookgraph.unchecked');
    await third.end('SIGTERM');
    expect(third.log.map(({ msg }) => msg)).not.toContain('database.check_started');
  });
});
