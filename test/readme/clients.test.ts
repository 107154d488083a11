import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blockNamed } from './readme.js';

/** Lines that stand for themselves, wherever they are. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^(?:import|from) /.test(line));
}

// `npm run test:outside` runs them.
it.each([
  ['urql', 'urql-client.ts'],
  ['apollo', 'apollo-client.ts'],
  ['gql', 'gql_client.py'],
])("README's setting up of %s is what the tests run", (name, file) => {
  const program = linesOf(readFileSync(`test/outside/clients/${file}`, 'utf8')).join('\n');

  expect(program).toContain(linesOf(blockNamed(name)).join('\n'));
});
