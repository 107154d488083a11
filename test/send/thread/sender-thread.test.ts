import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { LeadershipBoard } from '../../../src/leadership-board.js';
import type { Outgoing, Target } from '../../../src/send/attempt.js';
import type { Sender } from '../../../src/send/sender.js';
import type { ThreadSettings } from '../../../src/send/thread/messages.js';
import { BUILT_DIR } from '../../support/build.js';
import { startReceiver } from '../../support/receiver.js';
import { startTokenServer } from '../../support/token-server.js';
import { sentOf } from '../../support/attempt-report.js';
import { makeCredentials, makeEvent, makeOutgoing, makeTarget, makeTenure, startSender } from '../makers.js';

/** A thread is started from compiled code. */
const { startSenderThread } = (await import(join(BUILT_DIR, 'src/send/thread/start-sender-thread.js'))) as {
  startSenderThread: (settings: ThreadSettings) => Sender;
};

/** Sends as a server whose hooks nobody else can take over, unless there is a board. */
function startThread(change: Partial<ThreadSettings> = {}) {
  const sender = startSenderThread({
    allowedRanges: ['127.0.0.0/8'],
    isHttpsOnly: false,
    attemptTimeoutMs: 15_000,
    userAgent: 'Hookgraph/0.0.0',
    board: null,
    ...change,
  });
  return {
    send: (outgoing: Outgoing, target: Target, tenure = makeTenure()) => sender.send(outgoing, target, tenure),
    close: () => sender.close(),
    [Symbol.asyncDispose]: () => sender.close(),
  };
}

it('a sender in a thread sends what one without a thread sends, and tells the same of it', async () => {
  await using receiver = await startReceiver();
  receiver.answerWith({ status: 201, body: 'grüße' });
  await using here = startSender();
  await using there = startThread();
  const outgoing = makeOutgoing({ event: makeEvent({ payload: '{"note":"grüße 🎟","big":1.50}' }) });
  const target = makeTarget(`${receiver.url}/hook?a=1`);

  const attempts = [await here.send(outgoing, target), sentOf((await there.send(outgoing, target))!)];

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
    request: { ...sent.request, headers: 0 },
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

describe('a sender in a thread, with a board', () => {
  /** A board on which the shard of `makeTenure` is led, for a minute. */
  function makeBoard(): LeadershipBoard {
    const board = LeadershipBoard.make(128, systemClock);
    board.lead(makeTenure());
    board.beCertainUntil({ elapsed: systemClock.elapsed() + 60_000, now: systemClock.now() + 60_000 });
    return board;
  }

  it('sends what is led there, and nothing that is not, or was in another epoch', async () => {
    await using receiver = await startReceiver();
    await using sender = startThread({ board: makeBoard().memory });

    const attempts = [
      await sender.send(makeOutgoing(), makeTarget(receiver.url), makeTenure({ shard: 6 })),
      await sender.send(makeOutgoing(), makeTarget(receiver.url), makeTenure({ epoch: 2 })),
      await sender.send(makeOutgoing(), makeTarget(receiver.url)),
    ];

    expect(attempts.map((attempt) => attempt === null)).toEqual([true, true, false]);
    expect(receiver.received).toHaveLength(1);
  });

  it('sends nothing once that is not certain any more', async () => {
    await using receiver = await startReceiver();
    const board = makeBoard();
    await using sender = startThread({ board: board.memory });
    board.beCertainUntil({ elapsed: systemClock.elapsed(), now: systemClock.now() + 60_000 });

    expect(await sender.send(makeOutgoing(), makeTarget(receiver.url))).toBeNull();

    expect(receiver.received).toEqual([]);
  });

  it('does not send what was lost while it waited for a token', async () => {
    await using receiver = await startReceiver();
    await using tokens = await startTokenServer();
    const board = makeBoard();
    await using sender = startThread({ board: board.memory });
    tokens.answerWith({
      get body() {
        board.leave(makeTenure().shard);
        return {};
      },
    });

    const attempt = await sender.send(makeOutgoing(), makeTarget(receiver.url, { authentication: makeCredentials(tokens.url) }));

    expect(attempt).toBeNull();
    expect([tokens.issued.length, receiver.received.length]).toEqual([1, 0]);
  });
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
