import { gzipSync } from 'node:zlib';
import type { Clock } from '../../src/clock.js';
import type { Exchange, Script } from './receiver.js';

/** Takes the request and says nothing. */
export const hang: Script = () => {};

/** Resets the connection (TCP RST) instead of an answer. */
export const reset: Script = ({ socket }) => void socket.resetAndDestroy();

/** Sends the headers and the beginning of a body, then nothing more. */
export const hangInBody: Script = ({ response }) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('the beginning');
};

/** Sends the headers and the beginning of a body, then resets the connection. */
export const resetInBody: Script = ({ response, socket }) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('the beginning', () => socket.resetAndDestroy());
};

/** Writes the beginning to the connection and then the piece, over and over, a piece for each turn of the event loop. */
export function pour(beginning: string, piece: string): Script {
  return ({ socket }) => {
    const next = () => {
      if (!socket.destroyed) socket.write(piece, 'latin1', () => setImmediate(next));
    };
    socket.write(beginning, 'latin1', next);
  };
}

/** Sends a body that never ends. */
export const endlessBody: Script = pour('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n', 'x'.repeat(16 * 1024));

/** Writes these very bytes to the connection, HTTP or not, and leaves it open. */
export function raw(...texts: string[]): Script {
  return ({ socket }: Exchange) => {
    for (const text of texts) socket.write(text, 'latin1');
  };
}

/** Writes the text to the connection and then ends it, politely. */
export function rawThenClose(text: string): Script {
  return ({ socket }) => void socket.end(text, 'latin1');
}

/** Writes the text to the connection and then resets it. */
export function rawThenReset(text: string): Script {
  return ({ socket }) => void socket.write(text, 'latin1', () => socket.resetAndDestroy());
}

/** Writes the beginning to the connection and then the piece, once a second by this clock, for ever. */
export function drip(clock: Clock, beginning: string, piece: string): Script {
  return ({ socket }) => {
    const next = () => {
      socket.write(piece, 'latin1');
      cancel = clock.after(1000, next);
    };
    let cancel = clock.after(1000, next);
    socket.once('close', () => cancel());
    socket.write(beginning, 'latin1');
  };
}

/** A gzip file of zeros, a thousandth of what it unpacks to. */
export function gzipBomb(unpackedMib: number): Buffer {
  const mib = gzipSync(Buffer.alloc(1024 * 1024));
  // A file of gzip may have any number of members.
  return Buffer.concat(Array.from({ length: unpackedMib }, () => mib));
}
