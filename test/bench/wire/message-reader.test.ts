import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../../bench/wire/message-reader.js';

const first = 'POST /hook HTTP/1.1\r\nhost: a\r\nContent-Length: 4\r\n\r\nüü';
const second = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: y\r\n\r\n';

describe('reading messages', () => {
  it.each([1, 7, 50, 1000])('finds them in chunks of %i bytes', (size) => {
    const bytes = Buffer.from(first + second + first);
    const reader = new MessageReader();

    const messages = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      reader.read(bytes.subarray(index * size, (index + 1) * size)),
    ).flat();

    expect(messages.map(({ startLine, body }) => [startLine, body.toString('utf8')])).toEqual([
      ['POST /hook HTTP/1.1', 'üü'],
      ['HTTP/1.1 200 OK', ''],
      ['POST /hook HTTP/1.1', 'üü'],
    ]);
    expect(reader.isWithinMessage).toBe(false);
  });

  it('finds a GET, which has no length and no body', () => {
    const messages = new MessageReader().read(Buffer.from(`GET /health HTTP/1.1\r\nhost: a\r\n\r\n${first}`));

    expect(messages.map(({ body }) => body.toString('utf8'))).toEqual(['', 'üü']);
  });

  it('knows when it is within one', () => {
    const reader = new MessageReader();

    expect(reader.read(Buffer.from(first.slice(0, -1)))).toEqual([]);

    expect(reader.isWithinMessage).toBe(true);
  });

  it.each([
    ['without a length', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', 'Expected a message with a content-length'],
    ['without an end of its head', 'x'.repeat(20_000), 'A head is longer than 16384 bytes.'],
  ])('refuses one %s', (_title, text, fault) => {
    expect(() => new MessageReader().read(Buffer.from(text))).toThrow(fault);
  });
});
