import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { SERVER_FILE } from '../support/build.js';
import { ADMIN_KEY } from '../support/server.js';
import { startProgram } from '../readme/program.js';

it('the server in few files has the schema of the code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  await using server = startProgram([SERVER_FILE], { env: { PORT: '0', DATA_DIR: folder, ADMIN_API_KEY: ADMIN_KEY } });
  const [, url] = await server.says(/"url":"([^"]+)".*"msg":"server\.started"/);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true }) }),
  });
  const { data } = (await response.json()) as { data: Parameters<typeof buildClientSchema>[0] };

  const written = buildSchema(readFileSync('schema.graphql', 'utf8'));
  expect(printSchema(lexicographicSortSchema(buildClientSchema(data)))).toBe(printSchema(lexicographicSortSchema(written)));
});
