import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alterDatabase } from '../support/fault.js';
import { makeOrganization } from '../support/platform.js';
import { onPostgres } from '../support/postgres.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForWebhook, hookInput } from '../support/webhooks.js';

const HOOK_COUNT = 1000;

const RECORD = `query ($id: ID!, $after: String) {
  organization(id: $id) {
    events { edges { node { id } } }
    deliveries(first: 100, after: $after) { edges { node { hook { id } } } pageInfo { hasNextPage endCursor } }
  }
}`;

/** Breaks the writing of any delivery whose hook is this one. */
const breakHook = (hookId: string) =>
  onPostgres
    ? `create function break_hook() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
       create trigger break_hook before insert on deliveries for each row when (new.hook_id = '${hookId}') execute function break_hook();
       alter table deliveries enable always trigger break_hook`
    : `create trigger break_hook before insert on deliveries when new.hook_id = '${hookId}' begin select raise(abort, 'broken'); end`;

const mendHook = onPostgres ? 'drop trigger break_hook on deliveries; drop function break_hook' : 'drop trigger break_hook';

let server: TestServer;
let organizationId: string;
let hookIds: string[];

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await makeOrganization(server);
  const hooks = Array.from({ length: HOOK_COUNT }, (_, index) => ({ ...hookInput(), endpoint: `http://127.0.0.1:1111/${index}` }));
  const { data } = await askForWebhook(server, organizationId, { hooks });
  hookIds = await readHookIds(data!.createWebhook.id);
});

afterAll(() => server[Symbol.asyncDispose]());

describe('an event for a thousand hooks', () => {
  it('owes none of them anything where one delivery could not be written, and the event is not there', async () => {
    await alterDatabase(server, breakHook(hookIds[500]!));

    const { errors } = await publish();
    await alterDatabase(server, mendHook);

    expect(errors).toHaveLength(1);
    expect(await readRecord()).toEqual({ eventCount: 0, owedTo: [] });
  });

  it('owes each of them one delivery otherwise', async () => {
    await publish();

    const { eventCount, owedTo } = await readRecord();
    expect(eventCount).toBe(1);
    expect(owedTo.toSorted()).toEqual(hookIds.toSorted());
  });
});

function publish() {
  return server.ask(
    'mutation ($o: ID!) { publishEvent(input: { organizationId: $o, type: "order_created", payload: 1 }) { event { id } } }',
    {
      o: organizationId,
    },
  );
}

async function readRecord(): Promise<{ eventCount: number; owedTo: string[] }> {
  const owedTo: string[] = [];
  let eventCount = 0;
  for (let after: string | null = null; ;) {
    const { organization }: any = await server.gql(RECORD, { id: organizationId, after });
    eventCount = organization.events.edges.length;
    owedTo.push(...organization.deliveries.edges.map(({ node }: any) => node.hook.id));
    if (!organization.deliveries.pageInfo.hasNextPage) return { eventCount, owedTo };
    after = organization.deliveries.pageInfo.endCursor;
  }
}

async function readHookIds(webhookId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const { webhook }: any = await server.gql(
      'query ($id: ID!, $after: String) { webhook(id: $id) { hooks(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }',
      { id: webhookId, after },
    );
    ids.push(...webhook.hooks.edges.map(({ node }: any) => node.id));
    if (!webhook.hooks.pageInfo.hasNextPage) return ids;
    after = webhook.hooks.pageInfo.endCursor;
  }
}
