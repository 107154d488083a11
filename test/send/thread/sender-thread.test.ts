import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Sender } from '../../../src/send/sender.js';
import type { ThreadSettings } from '../../../src/send/thread/messages.js';
import { BUILT_DIR } from '../../support/build.js';
import { startReceiver } from '../../support/receiver.js';
import { startTokenServer } from '../../support/token-server.js';
import { makeCredentials, makeEvent, makeOutgoing, makeTarget, startSender } from '../makers.js';

/** A thread is started from compiled code. */
const { startSenderThread } = (await import(join(BUILT_DIR, 'src/send/thread/start-sender-thread.js'))) as {
  startSenderThread: (settings: ThreadSettings) => Sender;
};

function startThread(change: Partial<ThreadSettings> = {}): Sender & AsyncDisposable {
  const sender = startSenderThread({
    allowedRanges: ['127.0.0.0/8'],
    isHttpsOnly: false,
    attemptTimeoutMs: 15_000,
    userAgent: 'Hookgraph/0.0.0',
    ...change,
  });
  return { ...sender, [Symbol.asyncDispose]: () => sender.close() };
}

it('a sender in a thread sends what one without a thread sends, and tells the same of it', async () => {
  await using receiver = await startReceiver();
  receiver.answerWith({ status: 201, body: 'grüße' });
  await using here = startSender();
  await using there = startThread();
  const outgoing = makeOutgoing({ event: makeEvent({ payload: '{"note":"grüße 🎟","big":1.50}' }) });
  const target = makeTarget(`${receiver.url}/hook?a=1`);

  const attempts = [await here.send(outgoing, target), await there.send(outgoing, target)];

  const [first, second] = receiver.received.map(({ method, path, body, headers }) => ({
    method,
    path,
    body: body.toString(),
    names: Object.keys(headers),
    id: headers['webhook-id'],
    agent: headers['user-agent'],
  }));
  expect(second).toEqual(first);
  const [ours, theirs] = attempts.map((sent) => ({
    ...sent,
    startedAt: 0,
    durationMs: 0,
    timing: 0,
    request: { ...sent!.request, headers: 0 },
  }));
  const withoutDate = (outcome: any) => ({ ...outcome, headers: outcome.headers.filter(({ name }: any) => name.toLowerCase() !== 'date') });
  expect({ ...theirs, outcome: withoutDate(theirs!.outcome) }).toEqual({ ...ours, outcome: withoutDate(ours!.outcome) });
  expect(theirs!.outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 201, body: 'grüße' });
});

it('a sender in a thread keeps tokens and never tells them', async () => {
  await using receiver = await startReceiver();
  await using tokens = await startTokenServer();
  await using sender = startThread();
  const target = makeTarget(receiver.url, { authentication: makeCredentials(tokens.url) });

  const attempts = [await sender.send(makeOutgoing(), target), await sender.send(makeOutgoing(), target)];

  expect(tokens.issued).toHaveLength(1);
  expect(receiver.received.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${tokens.issued[0]}`));
  expect(JSON.stringify(attempts)).not.toContain(tokens.issued[0]);
});

it.each<[string, Partial<ThreadSettings>]>([
  ['addresses', { allowedRanges: [] }],
  ['schemes', { isHttpsOnly: true }],
])('a sender in a thread keeps to the rules of %s', async (_rules, settings) => {
  await using receiver = await startReceiver();
  await using sender = startThread(settings);

  const attempt = await sender.send(makeOutgoing(), makeTarget(receiver.url));

  expect(attempt!.outcome.kind).toBe('ADDRESS_REFUSED');
  expect(receiver.received).toEqual([]);
});

it('a sender in a thread sends nothing that is not wanted', async () => {
  await using receiver = await startReceiver();
  await using sender = startThread();

  const attempts = [
    await sender.send(makeOutgoing(), makeTarget(receiver.url), () => false),
    await sender.send(makeOutgoing(), makeTarget(receiver.url)),
  ];

  expect(attempts.map((attempt) => attempt === null)).toEqual([true, false]);
  expect(receiver.received).toHaveLength(1);
});

it('a fault of ours in one attempt is told of that attempt, and the thread goes on', async () => {
  await using receiver = await startReceiver();
  await using sender = startThread();
  const broken = makeTarget(receiver.url, { signingSecret: undefined as unknown as string });

  await expect(sender.send(makeOutgoing(), broken)).rejects.toThrow('What sends has failed: TypeError');
  const attempt = await sender.send(makeOutgoing(), makeTarget(receiver.url));

  expect(attempt!.outcome.kind).toBe('RESPONSE_RECEIVED');
  expect(receiver.received).toHaveLength(1);
});

it('a sender in a thread that is closed breaks off what is on the wire, tells of it, and is gone', async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  receiver.answerWith(() => {});
  const sender = startThread();
  const attempts = [1, 2, 3].map(() => sender.send(makeOutgoing(), makeTarget(receiver.url)));
  await receiver.requests(3);

  await sender.close();

  const outcomes = (await Promise.all(attempts)).map((attempt) => attempt!.outcome.kind);
  expect(outcomes).toEqual(['CONNECTION_FAILED', 'CONNECTION_FAILED', 'CONNECTION_FAILED']);
});
