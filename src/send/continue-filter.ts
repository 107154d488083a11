import { HEADER_LIMIT_BYTES } from './answer-limits.js';

/** How an answer begins that precedes the real one; `#` is any digit. */
const INFORMATIONAL = 'HTTP/1.# 1##';
const STATUS_AT = INFORMATIONAL.indexOf('1##');
const ONE = '1'.charCodeAt(0);
const DIGIT = /^\d$/;
const CONTINUE = /^HTTP\/1\.\d 100[ \r]$/;

const END_OF_HEADERS = '\r\n\r\n';

const NOTHING = Buffer.alloc(0);

/**
 * Takes each 100 (Continue) out of the bytes of one answer. Nothing of ours asks for one, but a receiver, or a proxy before
 * it, may send it all the same, and a client must be able to take it (RFC 9110, section 15.2). undici takes every other
 * status below 200, and breaks the connection on this one.
 */
export class ContinueFilter {
  #held: Buffer = NOTHING;
  #isPast = false;

  /** What is to be passed on. The beginning of what may yet turn out to be a 100 is held back until that is clear. */
  pass(bytes: Buffer): Buffer {
    if (this.#isPast) return bytes;
    const passed: Buffer[] = [];
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NOTHING;
    while (mayBeInformational(rest)) {
      const end = rest.indexOf(END_OF_HEADERS);
      if (end === -1 && rest.length <= HEADER_LIMIT_BYTES) {
        this.#held = rest;
        return Buffer.concat(passed);
      }
      if (end === -1) break;
      const next = end + END_OF_HEADERS.length;
      if (!CONTINUE.test(rest.toString('latin1', 0, INFORMATIONAL.length + 1))) passed.push(rest.subarray(0, next));
      rest = rest.subarray(next);
    }
    this.#isPast = true;
    return passed.length === 0 ? rest : Buffer.concat([...passed, rest]);
  }

  /** What is held back when no more bytes come. */
  rest(): Buffer {
    return this.#held;
  }
}

/** Whether an answer that begins so has a status below 200, as far as one can see. */
function mayBeInformational(bytes: Buffer): boolean {
  // Nearly every answer is another, and told by this one byte.
  if (bytes.length > STATUS_AT && bytes[STATUS_AT] !== ONE) return false;
  const text = bytes.toString('latin1', 0, INFORMATIONAL.length);
  return [...text].every((char, index) => (INFORMATIONAL[index] === '#' ? DIGIT.test(char) : char === INFORMATIONAL[index]));
}
