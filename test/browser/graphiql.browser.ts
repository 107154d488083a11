import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examples } from '../../src/graphiql/examples.js';
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
/** What the browser has to complain about: scripts that break, and what the page's policy forbids. */
let complaints: string[];

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
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
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
  it('opens with an example in each tab, and nothing to complain about', async () => {
    const titles = await page.locator('.graphiql-tab-button').allTextContents();

    const names = examples.map(({ query }) => /^(?:query|mutation|subscription) (\w+)/m.exec(query)![1]);
    expect(titles).toEqual(names);
    expect(complaints).toEqual([]);
  });

  it('is what the address of the server leads to', async () => {
    await page.goto(server.url);

    expect(page.url()).toBe(`${server.url}/graphql`);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  });

  it('says where the key is, and what is to be done when none is entered yet', async () => {
    await status(/admin-api-key/);

    await run();

    await answerWith('Enter a key in the bar at the top');
  });

  it('says at once that a key is wrong', async () => {
    await enterKey('wrong');

    await status('The server does not know this key.');
  });

  it.each([
    ['CreateOrganization', 'UNAUTHENTICATED'],
    ['DeliveryAttempts', 'The key belongs to nobody: look at the key in the bar at the top.'],
  ])('says that the key is wrong when %s is run with a wrong one', async (name, message) => {
    await openTab(name);
    await enterKey('wrong');

    await run();

    await answerWith(message);
  });

  it('says that a key is none when no header can hold it', async () => {
    await enterKey('schlüssel🙂');

    await status(/character that no HTTP header can hold/);
  });

  it('says that the key was revoked while a subscription was running, and from where to go on', async () => {
    await using receiver = await startReceiver();
    const { createOrganization } = await server.gql('mutation { createOrganization(input: { name: "Acme" }) { id } }');
    const organizationId = createOrganization.id as string;
    const { createApiKey } = await server.gql(
      'mutation ($id: ID!) { createApiKey(input: { organizationId: $id, name: "x", scopes: [READ] }) { key apiKey { id } } }',
      { id: organizationId },
    );
    await enterKey(createApiKey.key as string);
    await openTab('DeliveryAttempts');
    await runSubscription(organizationId);
    await importWebhook(`${receiver.url}/orders`);
    await publish(organizationId);
    await answerWith('SUCCEEDED');

    await server.gql('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id });
    clock.advance(2000);

    await answerWith('The key was revoked: look at the key in the bar at the top.');
    await answerWith('"lastCursor"');
    // What came before stays on show.
    await answerWith('SUCCEEDED');
  });

  it('takes the key and the organization once for all tabs', async () => {
    await using receiver = await startReceiver();
    await enterKey(ADMIN_KEY);
    await run();
    await answerWith('Acme Tickets');
    const organizationId = await importWebhook(`${receiver.url}/orders`);

    await openTab('PublishEvent');
    await run();
    await answerWith('"duplicate": false');
    expect(await chosenOrganization()).toBe(organizationId);
    await receiver.next();

    // Of the event that was published last.
    await openTab('EventProgress');
    await run();
    await answerWith('"finalCount": 1');

    await openTab('Deliveries');
    await run();
    await answerWith('SUCCEEDED');
    await openTab('Organizations');
    await run();
    await answerWith('Acme Tickets');
    expect(complaints).toEqual([]);
  });

  it('lets an organization be chosen, and fills it into the tab that is open and the others', async () => {
    for (const name of ['First', 'Second'])
      await server.gql('mutation ($name: String!) { createOrganization(input: { name: $name }) { id } }', { name });
    await enterKey(ADMIN_KEY);
    await openTab('Deliveries');
    await status('Choose the organization that the tabs are about.');

    for (const name of ['Second', 'First']) {
      await page.getByLabel('Organization').selectOption({ label: name });
      await run();
      await answerWith(`"name": "${name}"`);
    }
    await openTab('DeliveryAttempts');

    await page
      .locator('.graphiql-editor-tool')
      .getByText(await chosenOrganization())
      .waitFor();
  });

  it('leaves a variable alone that was typed by hand', async () => {
    await server.gql('mutation { createOrganization(input: { name: "Only" }) { id } }');
    await openTab('Deliveries');
    await fill('Variables', { organizationId: 'typed by hand' });

    await enterKey(ADMIN_KEY);
    await openTab('Organizations');
    await openTab('Deliveries');

    await page.locator('.graphiql-editor-tool').getByText('typed by hand').waitFor();
  });

  it('takes a header of the Headers pane for the one of the bar', async () => {
    await enterKey('wrong');
    await fill('Headers', { authorization: `Bearer ${ADMIN_KEY}` });

    await run();

    await answerWith('Acme Tickets');
  });

  it('shows attempts live as a list that grows, the newest first', async () => {
    await using receiver = await startReceiver();
    await enterKey(ADMIN_KEY);
    await run();
    await answerWith('Acme Tickets');
    const organizationId = await importWebhook(`${receiver.url}/orders`);
    await openTab('DeliveryAttempts');
    await runSubscription(organizationId);

    const events = [];
    for (let count = 1; count <= 3; count += 1) {
      events.push(await publish(organizationId));
      await answerWith(`"received": ${count}`);
    }

    const text = await wholeAnswer();
    const { received, newestFirst } = JSON.parse(text) as { received: number; newestFirst: any[] };
    expect(received).toBe(3);
    expect(newestFirst.map(({ data }) => data.deliveryAttempts.attempt.delivery.event.id)).toEqual(events.toReversed());
    expect(complaints).toEqual([]);
  });

  it('puts the answer below the operation where there is no room beside it', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await enterKey(ADMIN_KEY);
    await run();
    await answerWith('Acme Tickets');

    const [editors, answer] = await Promise.all(['.graphiql-editors', '.graphiql-response'].map((part) => boxOf(part)));

    expect(answer!.y).toBeGreaterThanOrEqual(editors!.y + editors!.height);
    for (const { x, width } of [editors!, answer!]) {
      expect(width).toBeGreaterThan(300);
      expect(x + width).toBeLessThanOrEqual(400);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);

    await page.getByLabel('Show Documentation Explorer').click();
    expect((await boxOf('.graphiql-plugin')).width).toBe(400);
    expect(await page.locator('.graphiql-editors').isVisible()).toBe(false);

    await page.getByLabel('Hide Documentation Explorer').click();
    expect((await boxOf('.graphiql-editors')).width).toBeGreaterThan(300);
  });

  it('is dark where the system is, the bar too', async () => {
    const lightness = async () => {
      const colours = await Promise.all(['.bar', '.graphiql-container'].map(backgroundOf));
      return colours.map((colour) => (Math.max(...colour.match(/\d+/g)!.slice(0, 3).map(Number)) > 127 ? 'light' : 'dark'));
    };
    expect(await lightness()).toEqual(['light', 'light']);

    await page.emulateMedia({ colorScheme: 'dark' });

    expect(await lightness()).toEqual(['dark', 'dark']);
  });

  it('asks nobody but the server', async () => {
    await enterKey(ADMIN_KEY);
    await run();
    await answerWith('Acme Tickets');
    await page.getByLabel('Show Documentation Explorer').click();
    await page.getByText('All Schema Types').waitFor();

    const own = [`${server.url}/`, 'data:'];
    const elsewhere = asked.filter((url) => !own.some((start) => url.startsWith(start)));

    expect(elsewhere).toEqual([]);
    expect(asked).toContain(`${server.url}/graphql`);
    expect(complaints).toEqual([]);
  });

  it('runs no script that is not a file of its own', async () => {
    await page.addScriptTag({ content: 'globalThis.hasRun = true' }).catch(() => {});

    expect(await page.evaluate('globalThis.hasRun')).toBeUndefined();
    expect(complaints).toEqual([expect.stringContaining('Content Security Policy')]);
  });

  it('keeps the key for the window alone, over a reload', async () => {
    await enterKey(ADMIN_KEY);
    await run();
    await answerWith('Acme Tickets');

    await page.waitForFunction(() => Object.keys(localStorage).includes('graphiql:tabState'));
    const onDisk = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    await page.reload();
    await openTab('Organizations');
    await run();
    await answerWith('Acme Tickets');

    expect(onDisk + page.url()).not.toContain(ADMIN_KEY);
    expect(await page.locator('#api-key').inputValue()).toBe(ADMIN_KEY);
    expect(await page.locator('#api-key').getAttribute('type')).toBe('password');
  });
});

/** Types a key into the bar. */
async function enterKey(key: string): Promise<void> {
  await page.locator('#api-key').click();
  await page.keyboard.insertText(key);
  await page.keyboard.press('Enter');
  if (key === ADMIN_KEY) await page.locator('.bar-status:not(.bar-refused)').waitFor({ state: 'attached' });
}

async function boxOf(part: string): Promise<{ x: number; y: number; width: number; height: number }> {
  return (await page.locator(part).boundingBox())!;
}

async function backgroundOf(part: string): Promise<string> {
  return page.evaluate(`getComputedStyle(document.querySelector('${part}')).backgroundColor`);
}

/** Waits until the bar says so. */
async function status(text: string | RegExp): Promise<void> {
  await page.getByRole('status').getByText(text).waitFor();
}

async function chosenOrganization(): Promise<string> {
  return page.getByLabel('Organization').inputValue();
}

/** All of the answer: the editor has the lines in its page that are in sight alone. */
async function wholeAnswer(): Promise<string> {
  return page.evaluate('__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith("response.json")).getValue()');
}

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
