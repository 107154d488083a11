import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContinueFilter } from '../../src/send/continue-filter.js';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EARLY = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('the filter of 100s', () => {
  it.each<[string, string, string]>([
    ['an answer alone', ANSWER, ANSWER],
    ['a 100', CONTINUE, ''],
    ['a 100 with headers', 'HTTP/1.0 100 \r\nx: y\r\nz: 1\r\n\r\n', ''],
    ['a 100 and an answer', CONTINUE + ANSWER, ANSWER],
    ['several, with others among them', CONTINUE + EARLY + CONTINUE + CONTINUE + EARLY + ANSWER, EARLY + EARLY + ANSWER],
    ['a 100 in a body', `${ANSWER}${CONTINUE}`, `${ANSWER}${CONTINUE}`],
    ['a 101', 'HTTP/1.1 101 Switching\r\n\r\nanything', 'HTTP/1.1 101 Switching\r\n\r\nanything'],
    ['a status of four digits', 'HTTP/1.1 1000 x\r\n\r\n', 'HTTP/1.1 1000 x\r\n\r\n'],
    ['no HTTP', 'SSH-2.0\r\n\r\n', 'SSH-2.0\r\n\r\n'],
    ['nothing', '', ''],
  ])('passes on what is no 100, wherever the pieces are cut: %s', (_title, bytes, expected) => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(filtered([bytes.slice(0, cut), bytes.slice(cut)])).toBe(expected);
    }
  });

  it('holds back no more than the headers of an answer may be long', () => {
    const bytes = `HTTP/1.1 103 ${'x'.repeat(17_000)}`;

    const passed = new ContinueFilter().pass(Buffer.from(bytes));

    expect(passed.toString()).toBe(bytes);
  });

  it('gives what it has held back at the end', () => {
    const filter = new ContinueFilter();

    const passed = filter.pass(Buffer.from('HTTP/1.1 10'));

    expect([passed.toString(), filter.rest().toString()]).toEqual(['', 'HTTP/1.1 10']);
  });

  it('changes nothing in bytes that begin with no 100, in whatever pieces', () => {
    const start = fc.constantFrom('', 'H', 'HTTP/1.1 1', 'HTTP/1.1 2', EARLY, ANSWER);
    fc.assert(
      fc.property(start, fc.array(fc.string(), { maxLength: 5 }), (first, others) => {
        const pieces = [first, ...others];
        const bytes = pieces.join('');
        fc.pre(!bytes.includes(' 100'));

        expect(filtered(pieces)).toBe(bytes);
      }),
    );
  });
});

/** All that comes through, with what is held back at the end. */
function filtered(pieces: readonly string[]): string {
  const filter = new ContinueFilter();
  const passed = pieces.map((piece) => filter.pass(Buffer.from(piece)));
  return Buffer.concat([...passed, filter.rest()]).toString();
}
