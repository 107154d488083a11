import { describe, expect, it } from 'vitest';
import { AnswerHead } from '../../src/send/answer-head.js';
import { raw } from '../support/receiver-scripts.js';
import { start } from './client.js';

const SMUGGLED = 'HTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n';

describe('an answer that is not as HTTP asks', () => {
  it.each<[what: string, answer: string, fault: string]>([
    [
      'a length and then chunks',
      '201 Created\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n',
      'both Content-Length and Transfer-Encoding',
    ],
    [
      'chunks and then a length',
      '201 Created\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n',
      'both Content-Length and Transfer-Encoding',
    ],
    ['two lengths', '201 Created\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'several Content-Length headers'],
    ['a length below nothing', '201 Created\r\ncontent-length: -2\r\n\r\n', 'its Content-Length is not a length'],
    ['a length beyond all numbers', `201 Created\r\ncontent-length: ${'9'.repeat(30)}\r\n\r\n`, 'its Content-Length is not a length'],
    ['LF alone', '201 Created\ncontent-length: 2\n\nok', 'its lines end with LF alone'],
    ['LF alone in one header', '201 Created\r\nx: y\ncontent-length: 2\r\n\r\nok', 'its lines end with LF alone'],
    ['a folded header', '201 Created\r\nx: y\r\n z\r\n\r\n', 'a header goes on over several lines'],
    ['a header with a NUL', '201 Created\r\nx: a\0b\r\n\r\n', 'a line among its headers is not a header'],
    ['a header without a colon', '201 Created\r\nnothing\r\n\r\n', 'a line among its headers is not a header'],
    [
      'a chunk without a length',
      '201 Created\r\ntransfer-encoding: chunked\r\n\r\nok\r\n',
      'the parser says "Invalid character in chunk size"',
    ],
  ])('counts with its status: %s', async (_what, answer, fault) => {
    const { receiver, call } = await start();
    receiver.answerWith([raw(`HTTP/1.1 ${answer}`, SMUGGLED), { body: 'its own' }]);

    const { outcome } = await call();

    expect(outcome).toMatchObject({
      kind: 'RESPONSE_RECEIVED',
      status: 201,
      statusLine: 'HTTP/1.1 201 Created',
      protocolError: expect.stringContaining(`The receiver answered, but not as HTTP asks`) as string,
      bodyTruncated: true,
    });
    expect(outcome).toHaveProperty('protocolError', expect.stringContaining(fault));
    // Whatever else has come over that connection is taken for no other answer.
    await receiver.connectionsClosed();
    expect((await call()).outcome).toMatchObject({ status: 200, body: 'its own' });
    expect(receiver.connectionCount).toBe(2);
  });

  it('keeps what can be read of it: the headers that are some, and the body', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(raw('HTTP/1.1 503 Busy\nRetry-After:  60 \nbad line\nx: \xe9\n\nlater'));

    const { outcome } = await call();

    expect(outcome).toMatchObject({
      status: 503,
      headers: [
        { name: 'Retry-After', value: '60' },
        { name: 'x', value: 'é' },
      ],
      body: 'later',
    });
  });

  it('has the status that follows those below 200', async () => {
    const { receiver, call } = await start();
    receiver.answerWith(raw('HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 202 Accepted\nx: y\n\n'));

    expect((await call()).outcome).toMatchObject({ kind: 'RESPONSE_RECEIVED', status: 202, statusLine: 'HTTP/1.1 202 Accepted' });
  });

  it.each([
    ['another protocol', 'ICY 200 OK\r\n\r\n'],
    ['another version', 'HTTP/1.7 200 OK\r\n\r\n'],
    ['no number', 'HTTP/1.1 OK\r\n\r\n'],
    ['a number of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a number of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['a status with a control character', 'HTTP/1.1 200 O\x01K\r\nbad\r\n\r\n'],
    ['something before it', 'x\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ])('is a failed connection where no status can be read: %s', async (_what, answer) => {
    const { receiver, call } = await start();
    receiver.answerWith(raw(answer));

    const { outcome } = await call();

    expect(outcome).toEqual({
      kind: 'CONNECTION_FAILED',
      code: 'INVALID_HTTP',
      message: 'The receiver answered, but not as HTTP asks, and with no status that can be read.',
    });
  });
});

describe('the head of an answer', () => {
  it('is read however it is cut, and keeps 16 KiB', () => {
    const answer = Buffer.from(`HTTP/1.1 200 OK\r\nx: y\r\n\r\n${'z'.repeat(40_000)}`);
    for (const length of [1, 7, 4096, answer.length]) {
      const head = new AnswerHead();
      for (let at = 0; at < answer.length; at += length) head.add(answer.subarray(at, at + length));

      const read = head.read()!;

      expect(read).toMatchObject({ status: 200, headers: [{ name: 'x', value: 'y' }] });
      expect(read.body!.length).toBeGreaterThan(16_000);
      expect(read.body!.length).toBeLessThan(16_384 + 4096);
    }
  });

  it('is gone once it is dropped', () => {
    const head = new AnswerHead();
    head.add(Buffer.from('HTTP/1.1 200 OK\r\n'));
    head.drop();
    head.add(Buffer.from('HTTP/1.1 200 OK\r\n'));

    expect(head.read()).toBeNull();
  });
});
