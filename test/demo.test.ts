import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { attemptLine } from '../demo/attempt-line.js';
import { tokenChecker } from '../demo/check-token.js';
import { readDocument } from '../demo/document.js';
import type { SeenAttempt } from '../demo/notices.js';
import { startReceiver } from '../demo/receiver.js';
import { Screen } from '../demo/screen.js';
import { summaryOf } from '../demo/summary.js';
import { Tally } from '../demo/tally.js';
import { startTokenServer } from '../demo/token-server.js';
import { systemClock } from '../src/clock.js';
import { systemRandom } from '../src/random.js';
import { startProgram } from './readme/program.js';
import { BUILT_DIR } from './support/build.js';
import { ManualClock } from './support/manual-clock.js';

const client = { id: 'doo', secret: 'a-secret.with signs&' };
const main = join(BUILT_DIR, 'demo/main.js');

// Each waits for retries in real time, so none waits for another.
describe.concurrent('npm run demo', () => {
  it('with --once delivers an event of each of the seven types and ends with 0', async () => {
    await using demo = startProgram([main, '--once'], { env: { PORT: '0' } });

    const status = await demo.ended();

    expect(demo.errors).toBe('');
    const { hooks } = await readDocument();
    expect(hooks).toHaveLength(7);
    for (const { type } of hooks) expect(demo.output).toMatch(new RegExp(`s  ${type} +\\d  ✔ 200.* ms$`, 'm'));
    expect(demo.output).toMatch(/order_created +1 {2}✘ 500, retry in [\d.]+ s .* ms$/m);
    expect(demo.output).toMatch(/order_created +2 {2}✘ 503, retry in [\d.]+ s .* ms$/m);
    expect(demo.output).toMatch(/order_updated +1 {2}✔ 200, with a new token after 401/);
    const summary = '\n✔ 7 of 7 delivered, 9 attempts, 2 tokens fetched, 10 signatures verified\n';
    expect(demo.output).toContain(summary);
    expect(readFileSync('README.md', 'utf8')).toContain(summary);
    expect(demo.output).not.toContain('\u001b');
    expect(status).toBe(0);
  });

  it('stays up and shows what is published from elsewhere, until it is told to stop; then nothing is left', async ({ onTestFinished }) => {
    const temporary = await mkdtemp(join(tmpdir(), 'hookgraph-test-'));
    onTestFinished(() => rm(temporary, { recursive: true, force: true }));
    await using demo = startProgram([main], { env: { PORT: '0', TMPDIR: temporary } });
    await demo.says(/Ctrl-C stops everything/);
    const [, graphiql] = /GraphiQL at (\S+)/.exec(demo.output)!;
    const [, key] = /put your admin key:\s+(\S+)/.exec(demo.output)!;
    const [mutation] = /mutation \{.*\}/s.exec(demo.output)!;

    const page = await fetch(graphiql!, { headers: { accept: 'text/html' } });
    const answer = await fetch(graphiql!, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: mutation }),
    });

    expect(await page.text()).toContain('GraphiQL');
    expect(await answer.json()).toEqual({ data: { publishEvent: { event: { id: expect.any(String) } } } });
    await demo.says(/order_created +1 {2}✘ 500.*Ctrl-C.*order_created +1 {2}✘ 500/s);
    demo.signal('SIGINT');
    expect(await demo.ended()).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('says so when its port is taken, and how to choose another', async ({ onTestFinished }) => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    await using demo = startProgram([main, '--once'], { env: { PORT: String(port) } });

    expect(await demo.ended()).toBe(1);
    expect(demo.errors).toBe(`Port ${port} is taken by another program. Choose another one:\n\n  PORT=4100 npm run demo\n`);
  });
});

describe('the summary', () => {
  const totals = { hookCount: 7, deliveredCount: 7, attemptCount: 9, tokenCount: 1, signatureCount: 10, missing: [], failure: null };

  it.each([
    ['all was delivered', totals, true],
    ['one delivery is missing', { ...totals, deliveredCount: 6 }, false],
    ['nothing was delivered', { ...totals, deliveredCount: 0 }, false],
    ['there was nothing to deliver', { ...totals, hookCount: 0, deliveredCount: 0 }, false],
  ])('knows when %s', (_title, given, isComplete) => {
    expect(summaryOf(given).isComplete).toBe(isComplete);
  });

  it('names what is missing and why', () => {
    const tally = new Tally();
    tally.owe('event-1', 'order_created');
    tally.owe('event-2', 'order_removed');
    tally.noteAttempt(makeAttempt({ status: 503 }, 'RETRYING'));

    const { lines } = summaryOf({ ...totals, deliveredCount: tally.deliveredCount, missing: tally.missing, failure: 'socket closed' });

    expect(tally.isFinal).toBe(false);
    expect(lines).toEqual([
      '✘ 0 of 7 delivered, 9 attempts, 1 token fetched, 10 signatures verified',
      '  missing  order_created: 1 attempt, the last: 503',
      '  missing  order_removed: no attempt yet',
      '  the live stream broke: socket closed',
    ]);
  });

  it('counts a result that came before its publish was answered', () => {
    const tally = new Tally();

    tally.noteResult({ status: 'SUCCEEDED', event: { id: 'event-1', type: 'order_created' } });
    tally.owe('event-1', 'order_created');

    expect([tally.deliveredCount, tally.isFinal, tally.missing]).toEqual([1, true, []]);
  });
});

describe('the line of an attempt', () => {
  it.each([
    ['success', makeAttempt({ status: 204 }, 'SUCCEEDED'), '✔ 204 '],
    ['a failure that is tried again', makeAttempt({ status: 500 }, 'RETRYING'), '✘ 500, retry in 1.0 s '],
    ['a failure for good', makeAttempt({ message: 'The connection was refused.' }, 'FAILED'), '✘ The connection was refused, given up '],
    ['a redirect', makeAttempt({ status: 302 }, 'FAILED'), '✘ 302, given up '],
  ])('tells of %s', (_title, attempt, outcome) => {
    const line = attemptLine(attempt, Date.parse('2026-01-01T12:00:00Z'), (_colour, text) => text);

    expect(line).toContain(`  0.52 s  order_created       1  ${outcome}`);
    expect(line).toMatch(/ {2}20 ms$/);
  });
});

describe('the screen', () => {
  it('writes a status over the one before where it can', () => {
    const { screen, written } = makeScreen(true);

    screen.status('one');
    screen.status('two');
    screen.line('done');

    expect(written.join('')).toBe('one\r\u001b[2Ktwo\r\u001b[2Kdone\n');
  });

  it('says every two seconds that it goes on where it cannot', () => {
    const { screen, written, clock } = makeScreen(false);

    screen.status('one');
    clock.advance(2000);
    screen.status('two');
    screen.status('three');

    expect(written.join('')).toBe('two\n');
  });

  function makeScreen(isTerminal: boolean) {
    const written: string[] = [];
    const clock = new ManualClock();
    return { written, clock, screen: new Screen({ write: (text) => written.push(text), clock, isTerminal, inColour: false }) };
  }
});

describe("the demo's receiver", () => {
  it.each([
    ['a signed request with a token of its OAuth2 server', {}, 200],
    ['a request with another signature', { signedBy: 'whsec_b3RoZXJvdGhlcm90aGVyb3RoZXI=' }, 400],
    ['a request without a token', { authorization: '' }, 401],
    ['a token that nobody signed', { authorization: 'Bearer e30.e30.e30' }, 401],
  ])('answers %s as it should', async (_title, { signedBy, authorization }: { signedBy?: string; authorization?: string }, status) => {
    const secret = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2Vj';
    await using tokenServer = await startTokenServer(client, systemRandom);
    await using receiver = await startReceiver({ checkToken: tokenChecker(tokenServer.keysEndpoint), clock: systemClock });
    receiver.trust(secret);
    const { access_token: token } = (await (await askForToken(tokenServer.tokenEndpoint, client.secret)).json()) as {
      access_token: string;
    };
    const now = new Date(systemClock.now());

    const { status: answered } = await fetch(`${receiver.url}/event_created`, {
      method: 'POST',
      headers: {
        authorization: authorization ?? `Bearer ${token}`,
        'webhook-id': 'delivery-1',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(signedBy ?? secret).sign('delivery-1', now, '{}'),
      },
      body: '{}',
    });

    expect(answered).toBe(status);
  });

  it('gets its tokens from a server that refuses a wrong secret', async () => {
    await using tokenServer = await startTokenServer(client, systemRandom);

    const refused = await askForToken(tokenServer.tokenEndpoint, 'wrong');

    expect([refused.status, tokenServer.tokenCount]).toEqual([401, 0]);
  });

  function askForToken(endpoint: string, secret: string): Promise<Response> {
    const basic = Buffer.from(`${client.id}:${encodeURIComponent(secret)}`).toString('base64');
    return fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  }
});

function makeAttempt(outcome: { status?: number; message?: string }, status: 'SUCCEEDED' | 'RETRYING' | 'FAILED'): SeenAttempt {
  return {
    number: 1,
    startedAt: '2026-01-01T12:00:00.500Z',
    durationMs: 20,
    request: { tokenRenewed: false },
    outcome: { __typename: 'Any', ...outcome },
    delivery: {
      status,
      nextAttemptAt: status === 'RETRYING' ? '2026-01-01T12:00:01.520Z' : null,
      event: { id: 'event-1', type: 'order_created' },
    },
  };
}
