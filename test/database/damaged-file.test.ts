import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeOrganization, publishMany } from '../support/platform.js';
import { startTestServer } from '../support/server.js';

/** What has become of the bytes of a database of a server that was stopped, and what a server says that is started on it. */
const damages: Array<[damage: string, change: (file: Buffer) => Buffer, message: RegExp]> = [
  ['is another file', () => Buffer.from('no database, but long enough for one. '.repeat(1000)), /not a database/],
  ['has a beginning that is gone', (file) => Buffer.concat([Buffer.alloc(100), file.subarray(100)]), /not a database/],
  ['was cut off in the middle', (file) => file.subarray(0, Math.floor(file.length / 8192) * 4096), /malformed/],
  [
    'has its list of tables overwritten',
    (file) => Buffer.concat([file.subarray(0, 100), Buffer.alloc(3996, 0x41), file.subarray(4096)]),
    /malformed/,
  ],
];

describe('a server on a database whose file', () => {
  it.each(damages)('%s does not start, and leaves the file as it is', async (_damage, change, message) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const first = await startTestServer({ config: { dataDir } });
    const organizationId = await makeOrganization(first);
    await first.gql('mutation ($o: ID!) { registerEventType(input: { organizationId: $o, name: "x" }) { id } }', { o: organizationId });
    await publishMany(first, organizationId, 100);
    await first.stop();
    const file = join(dataDir, 'hookgraph.sqlite');
    const damaged = change(await readFile(file));
    await writeFile(file, damaged);

    await expect(startTestServer({ config: { dataDir } })).rejects.toThrow(message);

    expect(damaged.equals(await readFile(file))).toBe(true);
    expect((await readdir(dataDir)).filter((name) => name.endsWith('.sqlite'))).toEqual(['hookgraph.sqlite']);
  });
});
