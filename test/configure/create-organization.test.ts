import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.js';

const CREATE = 'mutation ($name: String!) { createOrganization(input: { name: $name }) { id name createdAt } }';

it('makes an organization that can be read by its id and in the list of all', async () => {
  await using server = await startTestServer();

  const { createOrganization: made } = await server.gql(CREATE, { name: 'Acme Tickets' });

  expect(made).toMatchObject({ name: 'Acme Tickets', createdAt: '2026-01-01T12:00:00.000Z' });
  const { organization, organizations } = await server.gql(
    'query ($id: ID!) { organization(id: $id) { id name createdAt } organizations { edges { node { id } } } }',
    { id: made.id },
  );
  expect(organization).toEqual(made);
  expect(organizations.edges).toEqual([{ node: { id: made.id } }]);
});

it("gives every organization the built-in event types, those of the server's own events among them", async () => {
  await using server = await startTestServer();

  const { createOrganization: made } = await server.gql(
    'mutation { createOrganization(input: { name: "A" }) { eventTypes { edges { node { name description schema example } } } } }',
  );

  const types = made.eventTypes.edges.map(({ node }: any) => node);
  expect(types.map(({ name }: any) => name)).toEqual([
    'delivery_failed',
    'event_created',
    'event_removed',
    'event_updated',
    'hook_disabled',
    'hook_failing',
    'hook_recovered',
    'order_cancelled',
    'order_created',
    'order_removed',
    'order_updated',
  ]);
  for (const { description, schema, example } of types) {
    expect(description).not.toBe('');
    expect(schema).toBeNull();
    expect(example).toBeTypeOf('object');
  }
});

it('answers with null for an organization that is not there', async () => {
  await using server = await startTestServer();

  expect(await server.gql('{ organization(id: "nobody") { id } }')).toEqual({ organization: null });
});

it.each([
  ['', '""'],
  ['n'.repeat(201), `"${'n'.repeat(79)}…`],
])('refuses the name %j', async (name, received) => {
  await using server = await startTestServer();

  const { errors } = await server.ask(CREATE, { name });

  expect(errors![0]!.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    faults: [{ path: 'input.name', received, expected: 'a text of 1 to 200 characters' }],
  });
  expect(await server.gql('{ organizations { edges { cursor } } }')).toEqual({ organizations: { edges: [] } });
});

it('lets two organizations have one name', async () => {
  await using server = await startTestServer();

  await server.gql(CREATE, { name: 'Acme' });
  await server.gql(CREATE, { name: 'Acme' });

  const { organizations } = await server.gql('{ organizations { edges { node { name } } } }');
  expect(organizations.edges).toHaveLength(2);
});
