import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BUILT_DIR } from '../support/build.js';
import { startProgram } from './program.js';
import { blocks } from './readme.js';

describe("README's quick start", () => {
  it('is two commands', () => {
    const commands = blocks.filter(({ language, heading }) => language === 'sh' && heading === 'Hookgraph').map(({ text }) => text.trim());

    expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm start']);
  });

  it('starts a server that shows its key and where to go, is healthy, and stops on SIGTERM, with npm in between', async () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
    const folder = await mkdtemp(join(tmpdir(), 'hookgraph-readme-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // Its own script, on what was built for the tests.
    const start = scripts.start.replace('dist/server', join(BUILT_DIR, 'server'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'quick-start', scripts: { start } }));
    const env = {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      HOME: folder,
      PORT: '0',
      npm_config_update_notifier: 'false',
    };

    let status: number | null = null;
    await using npm = startProgram([process.env.npm_execpath!, 'start'], { cwd: folder, env });
    try {
      const [, url] = await npm.says(/"url":"([^"]+)".*"msg":"server\.started"/);
      const [, key] = await npm.says(/(hg_admin_\S+)/);
      await npm.says(/Admin key .*\n\n$/);
      const health = await fetch(`${url}/health`);
      const page = await fetch(url!, { headers: { accept: 'text/html' } });
      const asked = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query: '{ organizations { edges { cursor } } }' }),
      });

      const texts = blocks.filter(({ heading, language }) => heading === 'Running it' && language === 'text').map(({ text }) => text);
      expect(texts).toHaveLength(2);
      for (const text of texts) expect(npm.output).toContain(text.replaceAll('http://127.0.0.1:4000', url!));
      expect(npm.output.endsWith(`${texts[1]!.replaceAll('http://127.0.0.1:4000', url!)}\n`)).toBe(true);
      expect(await readFile(join(folder, 'data/admin-api-key'), 'utf8')).toBe(`${key}\n`);
      expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}']);
      expect([page.url, page.headers.get('content-type')]).toEqual([`${url}/graphql`, 'text/html; charset=utf-8']);
      expect(await asked.json()).toEqual({ data: { organizations: { edges: [] } } });
    } finally {
      // Killed, npm would leave the server behind.
      npm.signal('SIGTERM');
      status = await npm.ended();
    }
    expect(status).toBe(0);
    expect(npm.output).toContain('"msg":"server.stopped"');
  });
});
