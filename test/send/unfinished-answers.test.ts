import { describe, expect, it } from 'vitest';
import type { Exchange, Script } from '../support/receiver.js';
import { hangInBody, pour, raw, rawThenClose, rawThenReset } from '../support/receiver-scripts.js';
import type { ManualClock } from '../support/manual-clock.js';
import { arrival, start, until } from './client.js';
import { ATTEMPT_TIMEOUT_MS } from './makers.js';

describe('an answer without end', () => {
  it.each<[string, string, string]>([
    ["a chunk's length", 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '0'.repeat(16_384)],
    ["a chunk's extension", 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'x'.repeat(16_384)],
  ])('has its status where the headers were complete: %s without end', async (_title, beginning, piece) => {
    const { receiver, call } = await start();
    receiver.answerWith(pour(beginning, piece));

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 200, body: '', bodyTruncated: true });
    await receiver.connectionsClosed();
  });

  it.each<[string, Script, number | undefined]>([
    ['a reset in the headers', rawThenReset('HTTP/1.1 201 Created\r\nx:'), 201],
    ['a close in the headers', rawThenClose('HTTP/1.1 503 Busy\r\nx:'), 503],
    ['a close in the headers after others', rawThenClose('HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 503 Busy\r\nx:'), 503],
    ['a close in the body', rawThenClose('HTTP/1.1 202 OK\r\ncontent-length: 9\r\n\r\nok'), 202],
    ['headers without measure', raw(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), 200],
    ['a close in the status line', rawThenClose('HTTP/1.1 200 O'), undefined],
    ['a close after 103', rawThenClose('HTTP/1.1 103 Early Hints\r\n\r\n'), undefined],
    ['no HTTP at all', raw('SSH-2.0-OpenSSH_9.9\r\n\r\n'), undefined],
  ])('is a failure where it breaks off, which keeps the status that had come: %s', async (_title, script, status) => {
    const { receiver, call } = await start();
    receiver.answerWith(script);

    const { outcome } = await call();

    expect(outcome).toMatchObject({ kind: 'CONNECTION_FAILED' });
    expect(outcome).toSatisfy((failed: { receivedStatus?: number }) => failed.receivedStatus === status);
  });
});

describe('an answer that stops', () => {
  it('in the headers is a failure, which keeps the status', async () => {
    const { receiver, call, clock } = await start();
    receiver.answerWith(raw('HTTP/1.1 200 OK\r\nx:'));

    const called = call();
    await receiver.requests(1);
    await arrival();
    clock.advance(ATTEMPT_TIMEOUT_MS);

    expect((await called).outcome).toEqual({
      kind: 'TIMED_OUT',
      message: 'The answer was not complete within 15000 ms.',
      receivedStatus: 200,
    });
  });

  it.each<[string, number, string, Script]>([
    ['leaves its answer without a body', 200, '', raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n')],
    ['hangs in the body', 200, 'the beginning', hangInBody],
    ['never ends its chunks', 206, 'x', raw('HTTP/1.1 206 Partial\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n')],
    ['fails and never ends its body', 503, 'no', raw('HTTP/1.1 503 Busy\r\n\r\nno')],
  ])('has its status two seconds after its headers, from a receiver that %s (%i)', async (_title, status, body, script) => {
    const { receiver, call, clock } = await start();
    receiver.answerWith(script);
    let isOver = false;

    const called = call().finally(() => (isOver = true));
    await receiver.requests(1);
    await headersHaveCome(clock);
    clock.advance(1999);
    await arrival();
    expect(isOver).toBe(false);
    clock.advance(1);

    expect((await called).outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status, body, bodyTruncated: true });
    expect(clock.timerCount).toBe(0);
    await receiver.connectionsClosed();
  });

  it('has its status at the end of the attempt, where that is sooner', async () => {
    const { receiver, call, clock } = await start();
    const held: Exchange[] = [];
    receiver.answerWith((exchange) => void held.push(exchange));

    const called = call();
    await receiver.requests(1);
    clock.advance(ATTEMPT_TIMEOUT_MS - 500);
    held[0]!.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok');
    await headersHaveCome(clock);
    clock.advance(500);

    expect((await called).outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 200, body: 'ok', bodyTruncated: true });
  });
});

/** Once there is a connection: then the wait for the body runs beside the deadline of the attempt, and the body that came with them has been read. */
async function headersHaveCome(clock: ManualClock): Promise<void> {
  await until(() => clock.timerCount === 2);
  await arrival();
}
