import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeldBytes } from '../../support/held-bytes.js';
import { idOf } from '../../support/ids.js';
import { dropDatabaseOf } from '../../support/postgres.js';
import { post } from '../../support/raw.js';
import { startTestServer } from '../../support/server.js';
import { startServerProcess } from '../../support/server-process.js';
import { attacks } from './attacks.js';

/** How many bytes more a server may hold after hundreds of attacks than after the first of each. */
const HELD_LIMIT = 1_000_000;

/** What the engine may keep in all, in MiB, code and schema included: it ends a process that needs more. */
const HEAP_LIMIT_MIB = 64;

const bodies = Object.values(attacks).map(({ fields, fragments = '', declared = '', variables = {} }) =>
  JSON.stringify({
    query: `query ($id: ID!${declared}) { delivery(id: $id) { ${fields} } } ${fragments}`,
    variables: { ...variables, id: idOf('delivery') },
  }),
);

/** Sends each attack so many times, all at once, and answers with what they were answered with. */
async function attack(server: { url: string }, times: number): Promise<Set<number>> {
  const answers = await Promise.all(bodies.flatMap((body) => Array.from({ length: times }, () => post(server, body))));
  return new Set(answers.map(({ status }) => status));
}

describe('attacks', () => {
  it('leave nothing behind', async () => {
    await using server = await startTestServer();
    await attack(server, 10);
    const before = await readHeldBytes();

    expect(await attack(server, 10)).toEqual(new Set([400]));

    expect((await readHeldBytes()) - before).toBeLessThan(HELD_LIMIT);
  });

  it('that come together are borne by a small heap', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    await using server = await startServerProcess(dataDir, { NODE_OPTIONS: `--max-old-space-size=${HEAP_LIMIT_MIB}` });

    expect(await attack(server, 10)).toEqual(new Set([400]));

    expect(await server.end('SIGTERM')).toBe(0);
    await dropDatabaseOf(dataDir);
    await rm(dataDir, { recursive: true });
  });
});
