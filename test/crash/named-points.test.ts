import BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alterDatabase } from '../support/fault.js';
import { type Exchange, startReceiver } from '../support/receiver.js';
import { authenticationAt, startTokenServer } from '../support/token-server.js';
import { auditLedger } from './audit-ledger.js';
import { Lives } from './lives.js';
import { draftEvents } from './publish-drafts.js';

// Each test arranges from outside that the server stands at one point of its work, and kills it there. In none of them
// does anything but the start bring the work back: nobody publishes after it.

/** Starts again, waits until nothing is open, and audits. */
async function liveOn(lives: Lives) {
  const server = await lives.start();
  await lives.settle(server);
  const ledger = await lives.ledger();
  return { ...auditLedger(ledger), attemptCount: ledger.attempts.length };
}

/** An answer after which the sender closes the connection, past Node's server, so that the closing can be seen. */
const LAST_ANSWER = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';

describe.concurrent('a kill', { timeout: 120_000 }, () => {
  it('after a publish was acknowledged and before anything of it was sent loses nothing and doubles nothing', async ({ signal }) => {
    await using lives = await Lives.begin(signal);
    const server = await lives.startFirst();
    // As many as a hook has on the wire keep all others from being sent.
    const { receiver } = await lives.addHook(server, () => {});
    await lives.publish(server, draftEvents('on the wire', 16));
    await receiver.requests(16);
    await lives.publish(server, draftEvents('single', 1));
    await lives.publish(server, draftEvents('bulk', 100));

    await lives.kill();

    expect(receiver.received).toHaveLength(16);
    receiver.answerWith({ status: 200 });
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 16, attemptCount: 117 });
  });

  it('while an access token is fetched sends each delivery once, with a token of the next life', async ({ signal }) => {
    await using tokens = await startTokenServer();
    await using door = await startReceiver();
    door.answerWith(() => {});
    await using lives = await Lives.begin(signal);
    const server = await lives.startFirst();
    const { receiver } = await lives.addHook(server, { status: 200 }, authenticationAt({ url: door.url }));
    await lives.publish(server, draftEvents('n', 5));
    await door.requests(1);

    await lives.kill();

    expect(receiver.received).toHaveLength(0);
    door.answerWith((exchange) => void passOn(exchange, tokens.url));
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 0, attemptCount: 5 });
    expect(new Set(receiver.received.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${tokens.issued[0]}`]));
  });

  it('while receivers have requests and have not answered sends those again, the same, and no others', async ({ signal }) => {
    await using lives = await Lives.begin(signal);
    const server = await lives.startFirst();
    const slow = await lives.addHook(server, () => {});
    const quick = await lives.addHook(server, { status: 200 });
    await lives.publish(server, draftEvents('n', 5));
    await slow.receiver.requests(5);
    await server.logged('delivery.attempted', 5);

    await lives.kill();

    slow.receiver.answerWith({ status: 200 });
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 5, attemptCount: 10 });
    expect([slow.receiver.received.length, quick.receiver.received.length]).toEqual([10, 5]);
  });

  it('after sending and before recording sends again under the same webhook-id, and records once', async ({ signal }) => {
    await using lives = await Lives.begin(signal);
    const server = await lives.startFirst();
    const held: Exchange[] = [];
    const { receiver } = await lives.addHook(server, (exchange) => void held.push(exchange));
    const [published] = await lives.publish(server, draftEvents('n', 1));
    await receiver.requests(1);
    const other = new BetterSqlite(join(lives.dataDir, 'hookgraph.sqlite'));
    other.exec('begin immediate');
    held[0]!.socket.write(LAST_ANSWER);
    // The sender closes the connection once it has read the answer to its end, so it has it; the lock keeps it off the disk.
    await receiver.connectionsClosed();
    const { event } = await server.gql('query ($id: ID!) { event(id: $id) { deliveries { edges { node { status attemptCount } } } } }', {
      id: published!.eventId,
    });

    await lives.kill();

    expect(event.deliveries.edges).toEqual([{ node: { status: 'PENDING', attemptCount: 0 } }]);
    other.close();
    receiver.answerWith({ status: 200 });
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 1, attemptCount: 1 });
    expect(receiver.received).toHaveLength(2);
  });

  it('between retries keeps what was recorded, and the retries that fall due meanwhile come at the next start', async ({ signal }) => {
    await using lives = await Lives.begin(signal, { RETRY_SCHEDULE: '1h,1h' });
    const server = await lives.startFirst();
    const { receiver } = await lives.addHook(server, { status: 500 });
    await lives.publish(server, draftEvents('n', 5));
    await server.logged('delivery.attempted', 5);

    await lives.kill();

    // An hour and more passes while nobody serves.
    await alterDatabase(lives, `update deliveries set next_attempt_at = next_attempt_at - ${2 * 3_600_000} where status = 'RETRYING'`);
    receiver.answerWith({ status: 200 });
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 0, attemptCount: 10 });
  });

  it('during a stop keeps what the stop still recorded, and sends the rest again', async ({ signal }) => {
    await using lives = await Lives.begin(signal);
    const server = await lives.startFirst();
    const held: Exchange[] = [];
    const { receiver } = await lives.addHook(server, (exchange) => void held.push(exchange));
    await lives.publish(server, draftEvents('n', 20));
    await receiver.requests(16);
    const stopped = server.end('SIGTERM');
    await server.logged('server.stopping');
    for (const { response } of held.slice(0, 6)) response.end('ok');
    await server.logged('delivery.attempted', 6);

    await lives.kill();

    expect(await stopped).toBe('SIGKILL');
    expect(receiver.received).toHaveLength(16);
    receiver.answerWith({ status: 200 });
    expect(await liveOn(lives)).toEqual({ faults: [], doubleCount: 10, attemptCount: 20 });
  });
});

/** Asks the token server for what was asked at its door. */
async function passOn({ request, response }: Exchange, url: string): Promise<void> {
  const { authorization = '', 'content-type': contentType = '' } = request.headers;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': contentType },
    body: new Uint8Array(request.body),
  });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}
