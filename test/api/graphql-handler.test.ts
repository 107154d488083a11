import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

async function ask(headers: Record<string, string>, { query = '', ...init }: RequestInit & { query?: string }) {
  const url = `${server.url}/graphql${query}`;
  const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers } });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

const post = (headers: Record<string, string>) =>
  ask({ 'content-type': 'application/json', ...headers }, { method: 'POST', body: '{"query":"{ __typename }"}' });

describe('an operation over HTTP', () => {
  it.each([
    { accept: '*/*', type: JSON_TYPE },
    { accept: 'application/json', type: JSON_TYPE },
    { accept: 'application/json, multipart/mixed', type: JSON_TYPE },
    { accept: 'application/graphql-response+json', type: RESPONSE_TYPE },
    { accept: 'application/graphql-response+json, application/json;q=0.9', type: RESPONSE_TYPE },
    { accept: 'application/json;q=0.5, application/graphql-response+json', type: RESPONSE_TYPE },
  ])('is answered as $type to who accepts $accept', async ({ accept, type }) => {
    expect(await post({ accept })).toEqual({ status: 200, type, text: '{"data":{"__typename":"Query"}}\n' });
  });

  it('is refused to who accepts neither kind of JSON', async () => {
    expect(await post({ accept: 'text/html' })).toMatchObject({ status: 406 });
  });

  it('is taken from the address of a GET, with the key for the header that a page of another site can not send', async () => {
    const query = `?query=${encodeURIComponent('query Q($a: Boolean!) { __typename @include(if: $a) }')}&variables=${encodeURIComponent('{"a":true}')}`;

    const answers = [await ask({}, { query }), await ask({ 'apollo-require-preflight': 'yes' }, { query })];

    expect(answers[0]).toEqual({ status: 200, type: JSON_TYPE, text: '{"data":{"__typename":"Query"}}\n' });
    expect(answers[1]).toEqual(answers[0]);
  });

  it('is refused with another method', async () => {
    expect(await ask({ 'content-type': 'application/json' }, { method: 'PUT', body: '{}' })).toMatchObject({ status: 405 });
  });
});
