import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/api/limits/limits.js';
import { readConfig, settingNames } from '../../src/config.js';
import { parseDuration } from '../../src/duration.js';
import { errorCodes } from '../../src/errors.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';
import { codeIn, localLinks, namedScripts, tableRows } from './readme.js';

describe("README's table of settings", () => {
  const rows = tableRows('Setting');

  it('has every setting, and no other', () => {
    expect(rows.map(([name]) => codeIn(name)).toSorted()).toEqual(settingNames.toSorted());
  });

  it.each(rows.map(([name, fallback]) => [codeIn(name)!, fallback!]))('gives the default of %s', (name, fallback) => {
    const written = codeIn(fallback);

    expect(readConfig({ [name]: written })).toEqual(readConfig({}));
    // Where no default is written, there is none: nothing, or no range and no origin.
    if (written === undefined) expect(fallback).toMatch(/^(none|made at the first start)$/);
  });
});

describe("README's table of retries", () => {
  it('is the default schedule', () => {
    const rows = tableRows('After attempt');

    expect(rows.map(([, wait]) => parseDuration(wait!))).toEqual(readConfig({}).retryScheduleMs);
    expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
  });
});

describe("README's table of limits", () => {
  it('is what the code has', () => {
    const rows = tableRows('Limit').map(([name, most]) => [name, Number(most!.replaceAll(',', ''))]);

    expect(rows).toEqual([
      ['characters', limits.characters],
      ['words', limits.tokens],
      ['depth', limits.depth],
      ['aliases', limits.aliases],
      ['root fields', limits.rootFields],
      ['weight', limits.weight],
    ]);
  });
});

describe("README's tables of error codes", () => {
  let server: TestServer;
  const codes = tableRows('Code').map(([code]) => codeIn(code));
  const apolloCodes = [
    'BAD_REQUEST',
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'INTERNAL_SERVER_ERROR',
    'OPERATION_RESOLUTION_FAILURE',
  ];

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server[Symbol.asyncDispose]());

  it('have every code, and no other', () => {
    expect(codes.toSorted()).toEqual([...errorCodes, ...apolloCodes].toSorted());
  });

  it.each([
    ['BAD_REQUEST', {}],
    ['GRAPHQL_PARSE_FAILED', { query: '{' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
    ['OPERATION_RESOLUTION_FAILURE', { query: 'query A { __typename } query B { __typename }' }],
    ['NOT_FOUND', { query: 'mutation { deleteWebhook(id: "none") }' }],
  ])('have %s, which is what a caller gets', async (code, body) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify(body),
    });

    const { errors } = (await response.json()) as { errors: Array<{ extensions: { code: string } }> };
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(codes).toContain(code);
  });
});

describe("README's table of messages", () => {
  it('has none that the log never says', () => {
    const messages = tableRows('Message').flatMap(([names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const source = files.map((path) => readFileSync(join('src', path), 'utf8')).join('');

    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((name) => !source.includes(`'${name}'`))).toEqual([]);
  });
});

describe('README', () => {
  it('names no script that is not there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

    expect(namedScripts.length).toBeGreaterThan(0);
    expect(namedScripts.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links to no file that is not there', () => {
    expect(localLinks.length).toBeGreaterThan(0);
    expect(localLinks.filter((path) => !existsSync(path))).toEqual([]);
  });
});
