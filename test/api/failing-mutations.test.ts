import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

describe('of several mutations in one operation', () => {
  it('each fails alone, those before it and those after it are answered', async () => {
    const { data, errors } = await server.ask(`mutation {
      one: createOrganization(input: { name: "One" }) { id }
      nothing: pauseHook(id: "no hook") { id }
      nameless: createOrganization(input: { name: "" }) { id }
      two: createOrganization(input: { name: "Two" }) { id name }
    }`);

    expect(data).toEqual({
      one: { id: expect.any(String) },
      nothing: null,
      nameless: null,
      two: { id: expect.any(String), name: 'Two' },
    });
    expect(errors!.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['nothing'], 'NOT_FOUND'],
      [['nameless'], 'BAD_USER_INPUT'],
    ]);
    const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { name } }', { id: data.one.id });
    expect(organization.name).toBe('One');
  });
});
