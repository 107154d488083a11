import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BUILT_DIR } from '../support/build.js';
import { startProgram } from './program.js';
import { blocks } from './readme.js';

describe("README's quick start", () => {
  it('is two commands', () => {
    const commands = blocks.filter(({ language, heading }) => language === 'sh' && heading === 'Hookgraph').map(({ text }) => text.trim());

    expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm start']);
  });

  it('starts a server that shows its key, says that it is ready, is healthy, and stops on SIGTERM', async () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
    const [node, ...words] = scripts.start.split(' ');
    const folder = await mkdtemp(join(tmpdir(), 'hookgraph-readme-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const args = words.map((word) => word.replace(/^dist\//, `${BUILT_DIR}/`));

    await using server = startProgram(args, { cwd: folder, env: { PORT: '0' } });
    const [, url] = await server.says(/"url":"([^"]+)".*"msg":"server\.started"/);
    const [, key] = await server.says(/(hg_admin_\S+)/);
    const health = await fetch(`${url}/health`);
    const asked = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: '{ organizations { edges { cursor } } }' }),
    });

    expect(node).toBe('node');
    expect(server.output).toContain(blocks.find(({ heading, language }) => heading === 'Running it' && language === 'text')!.text);
    expect(await readFile(join(folder, 'data/admin-api-key'), 'utf8')).toBe(`${key}\n`);
    expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}']);
    expect(await asked.json()).toEqual({ data: { organizations: { edges: [] } } });
    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
  });
});
