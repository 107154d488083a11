/** A request or an answer as it came over a connection. */
export interface Message {
  /** The request line or the status line. */
  startLine: string;
  /** The start line and the headers. */
  head: string;
  body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** More than any head that Hookgraph or its yardsticks write. */
const HEAD_LIMIT_BYTES = 16_384;

/**
 * Cuts what comes over a connection into messages of HTTP/1.1, those with a `content-length` and GETs alone: whoever speaks
 * otherwise to the benchmark breaks the run. What a library for all of HTTP costs beyond that would be taken from the server,
 * since all of them share the machine.
 */
export class MessageReader {
  #rest: Buffer | null = null;

  /** Whether a message has begun that is not at its end. */
  get isWithinMessage(): boolean {
    return this.#rest !== null;
  }

  /** The messages that end with this chunk. Throws at what it does not know. */
  read(chunk: Buffer): Message[] {
    let left = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Message[] = [];
    while (left.length > 0) {
      const headLength = left.indexOf(HEAD_END);
      if (headLength === -1) {
        if (left.length > HEAD_LIMIT_BYTES) throw new Error(`A head is longer than ${HEAD_LIMIT_BYTES} bytes.`);
        break;
      }
      const head = left.toString('latin1', 0, headLength);
      const bodyStart = headLength + HEAD_END.length;
      const end = bodyStart + bodyLengthOf(head);
      if (left.length < end) break;
      messages.push({ startLine: head.slice(0, head.indexOf('\r\n')), head, body: left.subarray(bodyStart, end) });
      left = left.subarray(end);
    }
    this.#rest = left.length === 0 ? null : left;
    return messages;
  }
}

function bodyLengthOf(head: string): number {
  const length = /\r\ncontent-length: *(\d+) *(?:\r\n|$)/i.exec(head)?.[1];
  // It has no body, and so needs no length.
  if (length === undefined && head.startsWith('GET ')) return 0;
  if (length === undefined) throw new Error(`Expected a message with a content-length, received ${JSON.stringify(head)}.`);
  return Number(length);
}
