import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examples } from '../../src/api/graphiql-examples.js';
import { ManualClock } from '../support/manual-clock.js';
import { startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';

/** Without the services that a browser calls by itself: what is left is what the page asks for. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser;
let context: BrowserContext;
let page: Page;
let clock: ManualClock;
let server: TestServer;
let asked: string[];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: QUIET });
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  clock = new ManualClock();
  server = await startTestServer({ clock });
  context = await browser.newContext({ viewport: { width: 1400, height: 850 } });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  asked = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url().replace('ws', 'http')));
  await page.goto(`${server.url}/graphql`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
});

afterEach(async () => {
  await context.close();
  await server[Symbol.asyncDispose]();
});

describe('GraphiQL', () => {
  it('opens with an example in each tab', async () => {
    const titles = await page.locator('.graphiql-tab-button').allTextContents();

    const names = examples.map(({ query }) => /^(?:query|mutation|subscription) (\w+)/m.exec(query)![1]);
    expect(titles).toEqual(names);
  });

  it('says what is to be done when no key is typed yet', async () => {
    await run();

    await answerWith('Put your key into the Headers pane');
  });

  it.each(['CreateOrganization', 'DeliveryAttempts'])('says that the key is wrong when %s is run with a wrong one', async (name) => {
    await openTab(name);
    await fill('Headers', { Authorization: 'Bearer wrong' });

    await run();

    await answerWith(name === 'DeliveryAttempts' ? 'The key belongs to nobody: look into the Headers pane.' : 'UNAUTHENTICATED');
  });

  it('says that a key is none when no header can hold it', async () => {
    await fill('Headers', { Authorization: 'Bearer schlüssel🙂' });

    await run();

    await answerWith('The Headers pane has something that no header can hold');
  });

  it('says that the key was revoked while a subscription was running, and from where to go on', async () => {
    await using receiver = await startReceiver();
    const { createOrganization } = await server.gql('mutation { createOrganization(input: { name: "Acme" }) { id } }');
    const organizationId = createOrganization.id as string;
    const { createApiKey } = await server.gql(
      'mutation ($id: ID!) { createApiKey(input: { organizationId: $id, name: "x", scopes: [READ] }) { key apiKey { id } } }',
      { id: organizationId },
    );
    await openTab('DeliveryAttempts');
    await fill('Variables', { organizationId });
    await fill('Headers', { Authorization: `Bearer ${createApiKey.key}` });
    await runSubscription(organizationId);
    await importWebhook(`${receiver.url}/orders`);
    await publish(organizationId);
    await answerWith('SUCCEEDED');

    await server.gql('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id });
    clock.advance(2000);

    await answerWith('The key was revoked: look into the Headers pane.');
    await answerWith('"lastCursor"');
  });

  it('runs a query with the key of the Headers pane', async () => {
    await server.gql('mutation { createOrganization(input: { name: "Known before" }) { id } }');
    await openTab('Organizations');
    await fill('Headers', { Authorization: `Bearer ${ADMIN_KEY}` });

    await run();

    await answerWith('Known before');
  });

  it('shows attempts live, with the key that was typed into another tab', async () => {
    await using receiver = await startReceiver();
    await fill('Headers', { Authorization: `Bearer ${ADMIN_KEY}` });
    await run();
    await answerWith('Acme Tickets');
    const organizationId = await importWebhook(`${receiver.url}/orders`);
    await openTab('DeliveryAttempts');
    await fill('Variables', { organizationId });

    await runSubscription(organizationId);
    await publish(organizationId);

    await answerWith('SUCCEEDED');
    await answerWith('ResponseReceived');
  });

  it('follows an event that was published before', async () => {
    await using receiver = await startReceiver();
    const { createOrganization } = await server.gql('mutation { createOrganization(input: { name: "Acme" }) { id } }');
    await importWebhook(`${receiver.url}/orders`);
    const eventId = await publish(createOrganization.id);
    await openTab('EventProgress');
    await fill('Headers', { Authorization: `Bearer ${ADMIN_KEY}` });
    await fill('Variables', { eventId });

    await run();

    await answerWith('"finalCount": 1');
  });

  it('asks nobody but the server', async () => {
    await fill('Headers', { Authorization: `Bearer ${ADMIN_KEY}` });
    await run();
    await answerWith('Acme Tickets');
    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByText('All Schema Types').waitFor();

    const own = [`${server.url}/`, `blob:${server.url}/`, 'data:'];
    const elsewhere = asked.filter((url) => !own.some((start) => url.startsWith(start)));

    expect(elsewhere).toEqual([]);
    expect(asked).toContain(`${server.url}/graphql`);
  });

  it('does not leave the key in the storage of the browser', async () => {
    await fill('Headers', { Authorization: `Bearer ${ADMIN_KEY}` });
    await run();
    await answerWith('Acme Tickets');

    await page.waitForFunction(() => Object.keys(localStorage).includes('graphiql:tabState'));
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, address: location.href }));

    expect(stored).not.toContain(ADMIN_KEY);
  });
});

async function openTab(name: string): Promise<void> {
  await page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) }).click();
  await page.locator('.graphiql-tab-active', { hasText: name }).waitFor();
}

/** Types a value into the Variables or the Headers pane, instead of what stands there. */
async function fill(pane: 'Variables' | 'Headers', value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await page.locator('.graphiql-editor-tools button', { hasText: pane }).click();
  const editor = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)');
  await editor.locator('.view-lines').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
  await editor.getByText(text.slice(-8)).waitFor();
}

async function run(): Promise<void> {
  await page.locator('.graphiql-execute-button').click();
}

/** Runs the subscription of the tab, and waits until the server has taken it in. */
async function runSubscription(organizationId: string): Promise<void> {
  const subscribed = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"')));
  await run();
  await subscribed;
  // An answer over another subscription says so.
  await (
    await server.subscribe('subscription ($id: ID!) { deliveryAttempts(organizationId: $id) { cursor } }', { id: organizationId })
  ).end();
}

/** Waits until the answer shows the text. */
async function answerWith(text: string): Promise<void> {
  await page.locator('.graphiql-response').getByText(text).first().waitFor();
}

/** A webhook for orders, in the organization that was made last. */
async function importWebhook(endpoint: string): Promise<string> {
  const { organizations } = await server.gql('{ organizations { edges { node { id } } } }');
  const organizationId = organizations.edges.at(-1).node.id as string;
  const hooks = [{ type: 'order_created', method: 'POST', endpoint }];
  await server.gql(
    'mutation ($id: ID!, $configuration: JSON!) { importWebhook(organizationId: $id, configuration: $configuration) { id } }',
    {
      id: organizationId,
      configuration: { name: 'Orders', description: '', hooks, authentication: null },
    },
  );
  return organizationId;
}

/** Answers with the id of the event. */
async function publish(organizationId: string): Promise<string> {
  const { publishEvent } = await server.gql(
    'mutation ($id: ID!) { publishEvent(input: { organizationId: $id, type: "order_created", payload: {} }) { event { id } } }',
    { id: organizationId },
  );
  return publishEvent.event.id as string;
}
