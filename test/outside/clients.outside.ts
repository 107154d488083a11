import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { makeDataFolder } from './data-folder.js';
import { operations } from './operations.js';
import { type ClientProgram, nodeClient, pythonClient, runClient } from './run-client.js';

let stack: AsyncDisposableStack;
let server: ServerProcess;
let receiver: Receiver;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  server = stack.use(await startServerProcess(stack.use(await makeDataFolder()).path));
  receiver = stack.use(await startReceiver());
});

afterAll(() => stack.disposeAsync());

/** Lets a client do all of `operations` for an organization of its own. */
async function run(program: ClientProgram) {
  const organizationId = await makeOrganization(server, 'Acme Tickets');
  await makeWebhook(server, { organizationId, endpoint: `${receiver.url}/${organizationId}` });
  const URL = `${server.url}/graphql`;
  const output = await runClient(program, { URL, KEY: ADMIN_KEY, ORGANIZATION_ID: organizationId, OPERATIONS: JSON.stringify(operations) });
  const received = receiver.received.filter(({ path }) => path === `/${organizationId}`);
  return { organizationId, result: JSON.parse(output), bodies: received.map(({ body }) => body.toString()) };
}

const python = inject('python');

const clients = [
  { name: 'urql', program: nodeClient('urql-client.ts'), payload: '{"big":9007199254740991,"price":10.5,"total":19.99}' },
  { name: 'Apollo Client', program: nodeClient('apollo-client.ts'), payload: '{"total":19.99,"price":10.50,"big":12345678901234567890}' },
  {
    name: "Python's gql",
    program: python === null ? null : pythonClient(python, 'gql_client.py'),
    payload: '{"total":19.99,"price":10.5,"big":12345678901234567890}',
  },
];

for (const { name, program, payload } of clients) {
  describe.skipIf(program === null)(`${name} with its defaults`, () => {
    let ran: Awaited<ReturnType<typeof run>>;

    beforeAll(async () => {
      ran = await run(program!);
    });

    it('asks for data', () => {
      expect(ran.result.organization).toMatchObject({ id: ran.organizationId, name: 'Acme Tickets' });
    });

    it('publishes a payload, which arrives as the client printed it', () => {
      expect(ran.result.published).toMatchObject({ type: 'order_created' });
      expect(ran.bodies).toEqual([expect.stringContaining(`"data":${payload}}`)]);
    });

    it('hears of the attempt over its WebSocket', () => {
      expect(ran.result.attempt).toMatchObject({
        number: 1,
        outcome: { status: 200 },
        delivery: { status: 'SUCCEEDED', event: { type: 'order_created' } },
      });
    });

    it('is given what the first mutation has done where the second fails', () => {
      expect(ran.result.two).toMatchObject({ data: { kept: { name: 'Kept' }, refused: null }, codes: ['BAD_USER_INPUT'] });
    });

    it('may ask for as much as anybody, with the names of types that it adds', async () => {
      expect((await server.gql(operations.large, { id: ran.organizationId })).organization.id).toBe(ran.organizationId);
      expect(ran.result.large).toBe(ran.organizationId);
    });
  });
}

it('urql asks by GET and changes by POST, where it is not told otherwise', async () => {
  const { result } = await run(nodeClient('urql-client.ts'));

  expect(result.methods).toEqual(['GET', 'POST', 'POST', 'GET']);
});
