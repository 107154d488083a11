import { HEADER_LIMIT_BYTES } from './answer-limits.js';
import type { Header } from './outcome.js';

/** What can be read of an answer whatever is wrong with the rest of it. */
export interface ReadHead {
  status: number;
  /** `HTTP/1.1 200 OK` */
  statusLine: string;
  /** The lines that are headers, as far as they came whole, in order. */
  headers: Header[];
  /** The lines that stand among the headers and are none. */
  strayLines: string[];
  /** Whether a line ends with LF alone. */
  hasBareLf: boolean;
  /** What follows the headers; null where they have not come to their end. */
  body: Buffer | null;
}

/** More pieces than this are joined, lest an answer that comes byte by byte takes a buffer for each. */
const MOST_PIECES = 32;

/** A final status: one below 200 precedes another answer, and 101 ends the talk in HTTP. */
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/** Its value is trimmed afterwards: an expression that leaves out the spaces itself takes ages on a line full of them. */
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * The first 16 KiB of one answer, as they came, for when the parser makes nothing of it or the time is up before it has. Nothing is read
 * until somebody asks.
 */
export class AnswerHead {
  #pieces: Buffer[] = [];
  #bytes = 0;

  add(piece: Buffer): void {
    if (this.#bytes >= HEADER_LIMIT_BYTES) return;
    this.#bytes += piece.length;
    // What is larger would keep all of its memory for its beginning.
    this.#pieces.push(piece.length > HEADER_LIMIT_BYTES ? Buffer.from(piece.subarray(0, HEADER_LIMIT_BYTES)) : piece);
    if (this.#pieces.length > MOST_PIECES) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  /** To be called when nobody will ask any more: a connection outlives its answers. */
  drop(): void {
    this.#pieces = [];
    this.#bytes = HEADER_LIMIT_BYTES;
  }

  /** Null where there is no whole status line of HTTP/1, or none but of answers that precede the real one. */
  read(): ReadHead | null {
    const bytes = Buffer.concat(this.#pieces);
    const text = bytes.toString('latin1');
    let start = 0;
    for (;;) {
      const block = readBlock(text, start);
      const [statusLine = ''] = block.lines;
      const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? 0);
      if (status >= 200) return headOf(block, status, block.end === null ? null : bytes.subarray(block.end));
      if (status < 100 || status === 101 || block.end === null) return null;
      start = block.end;
    }
  }
}

interface Block {
  /** Without what ends them; the last is left out where its end has not come. */
  lines: string[];
  hasBareLf: boolean;
  /** Where the text goes on after the blank line; null where there is none. */
  end: number | null;
}

/** The lines up to the first blank one, those before the block left out, as a client should (RFC 9112, section 2.2). */
function readBlock(text: string, start: number): Block {
  const lines: string[] = [];
  let hasBareLf = false;
  let at = start;
  for (let lf = text.indexOf('\n', at); lf !== -1; lf = text.indexOf('\n', at)) {
    const hasCr = lf > at && text[lf - 1] === '\r';
    const line = text.slice(at, hasCr ? lf - 1 : lf);
    hasBareLf ||= !hasCr;
    at = lf + 1;
    if (line !== '') lines.push(line);
    else if (lines.length > 0) return { lines, hasBareLf, end: at };
  }
  return { lines, hasBareLf, end: null };
}

function headOf({ lines: [statusLine = '', ...rest], hasBareLf }: Block, status: number, body: Buffer | null): ReadHead {
  const headers: Header[] = [];
  const strayLines: string[] = [];
  for (const line of rest) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) strayLines.push(line);
    else headers.push({ name, value: value.trim() });
  }
  return { status, statusLine, headers, strayLines, hasBareLf, body };
}
