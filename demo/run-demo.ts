import type { Clock } from '../src/clock.js';
import type { Random } from '../src/random.js';
import { configureAcme } from './acme.js';
import { createApiClient } from './api-client.js';
import { headLine } from './attempt-line.js';
import { tokenChecker } from './check-token.js';
import { pointTo, readDocument } from './document.js';
import { startReceiver } from './receiver.js';
import type { Screen } from './screen.js';
import { startHookgraph } from './start-hookgraph.js';
import { summaryOf } from './summary.js';
import { Tally } from './tally.js';
import { introduction, invitation } from './texts.js';
import { startTokenServer } from './token-server.js';
import { watchAcme } from './watch-acme.js';

export interface DemoOptions {
  port: string | undefined;
  clock: Clock;
  random: Random;
  screen: Screen;
  /** Whether to end by itself. */
  once: boolean;
  /** Ends the demo when it is aborted. */
  signal: AbortSignal;
}

/** How long the deliveries may take, in milliseconds: with two retries they take about three seconds. */
const DELIVERY_LIMIT_MS = 25_000;

/** How often the status is written anew, in milliseconds. */
const STATUS_PERIOD_MS = 100;

/** Between one publish and the next, in milliseconds: a stream that comes all at once is not seen to be one. */
const PUBLISH_PAUSE_MS = 150;

/** Runs the whole demo and answers with its exit status. What it started is stopped by then. */
export async function runDemo({ port, clock, random, screen, once, signal }: DemoOptions): Promise<number> {
  screen.status('Starting …');
  const document = await readDocument();
  const { client_id: id, client_secret: secret } = document.authentication.credentials;
  await using tokenServer = await startTokenServer({ id, secret }, random);
  await using receiver = await startReceiver({ checkToken: tokenChecker(tokenServer.keysEndpoint), clock });
  await using hookgraph = await startHookgraph({ port, clock, random });
  await using api = createApiClient(hookgraph.url, hookgraph.adminKey);

  const pointed = pointTo(document, { receiverUrl: receiver.url, tokenEndpoint: tokenServer.tokenEndpoint });
  const acme = await configureAcme(api, pointed);
  receiver.trust(acme.signingSecret);
  const { organizationId } = acme;
  const hookCount = document.hooks.length;
  const places = { server: hookgraph.url, receiver: receiver.url, tokenServer: tokenServer.url };
  screen.line(screen.paint('bold', 'Hookgraph demo'));
  screen.lines(introduction(places, hookCount));
  screen.line();
  screen.line(headLine((colour, text) => screen.paint(colour, text)));

  const tally = new Tally();
  const watch = await watchAcme({ api, organizationId, clock, screen, tally });
  for (const { type } of document.hooks) {
    if (signal.aborted) break;
    tally.owe(await acme.publish(type), type);
    await pause(clock, PUBLISH_PAUSE_MS);
  }
  while (!tally.isFinal && watch.failure === null && !signal.aborted && clock.now() - watch.startMs < DELIVERY_LIMIT_MS) {
    screen.status(`  … ${tally.waitingFor(clock.now())}`);
    await pause(clock, STATUS_PERIOD_MS);
  }

  const { deliveredCount, attemptCount, missing } = tally;
  const { isComplete, lines } = summaryOf({
    hookCount,
    deliveredCount,
    attemptCount,
    tokenCount: tokenServer.tokenCount,
    signatureCount: receiver.signatureCount,
    missing,
    failure: watch.failure,
  });
  screen.line();
  screen.lines(lines.map((line) => screen.paint(isComplete ? 'green' : 'red', line)));
  if (once) return isComplete ? 0 : 1;

  if (!signal.aborted) screen.lines(['', ...invitation(hookgraph.url, hookgraph.adminKey, organizationId), '']);
  await aborted(signal);
  screen.line('\nStopping …');
  return 0;
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
