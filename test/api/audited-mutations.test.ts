import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';
import type { AuditAction, AuditSubjectKind } from '../../src/entities/audit-record.js';
import { cancelDelivery, makeOrganization, makeWebhook, pauseHook, publish, readDeliveries } from '../support/platform.js';
import { readRows } from '../support/read-rows.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, type Answer, startTestServer, type TestServer } from '../support/server.js';
import { calls, type IdKind, operationOf } from './calls.js';

/** The mutations that change configuration, keys or secrets, each with what its record says. */
const recorded: Record<string, { action: AuditAction; subject: AuditSubjectKind }> = {
  createOrganization: { action: 'ORGANIZATION_CREATED', subject: 'ORGANIZATION' },
  createApiKey: { action: 'API_KEY_CREATED', subject: 'API_KEY' },
  revokeApiKey: { action: 'API_KEY_REVOKED', subject: 'API_KEY' },
  createStreamToken: { action: 'STREAM_TOKEN_CREATED', subject: 'STREAM_TOKEN' },
  registerEventType: { action: 'EVENT_TYPE_REGISTERED', subject: 'EVENT_TYPE' },
  createWebhook: { action: 'WEBHOOK_CREATED', subject: 'WEBHOOK' },
  importWebhook: { action: 'WEBHOOK_IMPORTED', subject: 'WEBHOOK' },
  updateWebhook: { action: 'WEBHOOK_UPDATED', subject: 'WEBHOOK' },
  deleteWebhook: { action: 'WEBHOOK_DELETED', subject: 'WEBHOOK' },
  pauseHook: { action: 'HOOK_PAUSED', subject: 'HOOK' },
  resumeHook: { action: 'HOOK_RESUMED', subject: 'HOOK' },
};

/** The others, each with the reason. */
const unrecorded: Record<string, string> = {
  publishEvent: 'an event is a record itself',
  publishEvents: 'events are records themselves',
  sendTestEvent: 'it is an event as well, and says that it is a test',
  retryDelivery: 'a delivery is no configuration, and its own record shows the attempt',
  cancelDelivery: 'a delivery is no configuration, and its own record shows the end',
};

const schema = await createSchema();
const mutations = Object.keys((schema.getType('Mutation') as GraphQLObjectType).getFields());

/** An id that is nobody's. */
const NOBODYS = '019b796d-0000-7000-8000-000000000000';

let server: TestServer;
let receiver: Receiver;
let organization: string;
/** Of the organization; it may only read. */
let readKey: string;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  organization = await makeOrganization(server);
  readKey = (await createKey()).key;
});

afterAll(() => Promise.all([server[Symbol.asyncDispose](), receiver.close()]));

async function createKey(): Promise<{ id: string; key: string }> {
  const { createApiKey } = await server.gql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }', {
    input: { organizationId: organization, name: 'A key', scopes: ['READ'] },
  });
  return { id: createApiKey.apiKey.id, key: createApiKey.key };
}

/** Things that a call may change, as they must be for it to change something. */
async function makeThings(mutation: string): Promise<Record<IdKind, string>> {
  const webhook = await makeWebhook(server, { organizationId: organization, endpoint: receiver.url });
  const hook = webhook.hookIds.order_created!;
  if (['resumeHook', 'cancelDelivery', 'retryDelivery'].includes(mutation)) await pauseHook(server, hook);
  const event = await publish(server, organization);
  const deliveries = await readDeliveries(server, organization);
  const delivery = deliveries.find((one) => one.hook.id === hook).id;
  if (mutation === 'retryDelivery') await cancelDelivery(server, delivery);
  return { organization, webhook: webhook.id, hook, event, delivery, apiKey: (await createKey()).id };
}

function call(mutation: string, ids: (kind: IdKind) => string, key: string = ADMIN_KEY): Promise<Answer> {
  const coordinate = `Mutation.${mutation}`;
  return server.as(key).ask(
    operationOf(coordinate),
    calls[coordinate]!.variables((_, kind) => ids(kind)),
  );
}

/** All records of the server, the newest first. */
async function readRecords(): Promise<any[]> {
  const { organizations } = await server.gql('{ organizations(first: 100) { edges { node { id } } } }');
  const ids: string[] = organizations.edges.map(({ node }: any) => node.id);
  const records = await Promise.all(ids.map(readRecordsOf));
  return records.flat().toSorted((one: any, other: any) => (one.id < other.id ? 1 : -1));
}

async function readRecordsOf(organizationId: string): Promise<any[]> {
  const { organization: found } = await server.gql(
    `query ($id: ID!) { organization(id: $id) {
      auditLog(first: 100) { edges { node { id action actor { kind id name hint } address subject { kind } } } }
    } }`,
    { id: organizationId },
  );
  return found.auditLog.edges.map(({ node }: any) => ({ ...node, organizationId }));
}

async function countRecords(): Promise<number> {
  const [row] = await readRows<{ count: number | string }>(server, 'select count(*) as count from audit_records');
  return Number(row!.count);
}

describe('each mutation', () => {
  it('either leaves a record or has a reason for none', () => {
    expect([...Object.keys(recorded), ...Object.keys(unrecorded)].toSorted()).toEqual(mutations.toSorted());
  });
});

describe.each(Object.entries(recorded))('%s', (mutation, { action, subject }) => {
  it('leaves exactly one record, which says by whom and from where', async () => {
    const things = await makeThings(mutation);
    const before = await readRecords();

    const { data, errors } = await call(mutation, (kind) => things[kind]);

    const [record, ...others] = await readRecords();
    expect(errors).toBeUndefined();
    expect(others).toEqual(before);
    expect(record).toEqual({
      id: expect.any(String),
      organizationId: mutation === 'createOrganization' ? data!.createOrganization.id : organization,
      action,
      actor: { kind: 'ADMIN', id: null, name: null, hint: null },
      address: '127.0.0.1',
      subject: { kind: subject },
    });
  });

  it('leaves none when it is refused', async () => {
    const things = await makeThings(mutation);
    const before = await countRecords();

    const answers = [
      await call(mutation, () => NOBODYS),
      ...(calls[`Mutation.${mutation}`]!.mayBy.includes('READ') ? [] : [await call(mutation, (kind) => things[kind], readKey)]),
    ];

    const refusals = answers.filter(({ errors }) => errors !== undefined);
    const made = answers.length - refusals.length;
    expect(refusals.length).toBeGreaterThan(0);
    // One that takes no id has nothing to be refused by but the key.
    expect(made).toBe(mutation === 'createOrganization' ? 1 : 0);
    expect(await countRecords()).toBe(before + made);
  });
});

describe.each(Object.keys(unrecorded))('%s', (mutation) => {
  it('leaves none', async () => {
    const things = await makeThings(mutation);
    const before = await countRecords();

    const { errors } = await call(mutation, (kind) => things[kind]);

    expect(errors).toBeUndefined();
    expect(await countRecords()).toBe(before);
  });
});
