import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { BUILT_DIR } from '../support/build.js';

it('a process that has had a PostgreSQL ends with the status that it is given, so failed tests are not taken for passed', async () => {
  const module = pathToFileURL(join(BUILT_DIR, 'scripts/local-postgres.js')).href;
  const program = `
    const { startLocalPostgres } = await import('${module}');
    const postgres = await startLocalPostgres();
    await postgres[Symbol.asyncDispose]();
    process.exitCode = 3;`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });

  const [status] = await once(child, 'close');

  expect(status).toBe(3);
});
