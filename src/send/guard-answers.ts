import type { Socket } from 'node:net';
import { ANSWER_LIMIT_BYTES } from './answer-limits.js';
import { ContinueFilter } from './continue-filter.js';

/**
 * Stands between a connection and undici's parser, and breaks a connection on which more than 256 KiB come for one request
 * (`ANSWER_TOO_LONG`). Limits of headers and bodies see neither informational answers without end nor a reason, a chunk's
 * extension or blank lines without end: those would be read as fast as they come until the time of the attempt is up.
 * Keeps each 100 (Continue) from the parser, which can't take one.
 */
export function guardAnswers(socket: Socket): void {
  // The way by which all that arrives goes into the stream. A listener would come too late: undici reads when it likes.
  const push = socket.push.bind(socket) as Push;
  const pushUnlessEmpty = (chunk: Buffer) => chunk.length === 0 || push(chunk);
  let writtenBytes = 0;
  let arrivedBytes = 0;
  let filter = new ContinueFilter();

  const guarded: Push = (chunk) => {
    // undici writes a request whole, and the next one only after the answer: when more is written, another answer begins.
    if (socket.bytesWritten !== writtenBytes) {
      writtenBytes = socket.bytesWritten;
      arrivedBytes = 0;
      filter = new ContinueFilter();
    }
    if (chunk === null) {
      pushUnlessEmpty(filter.rest());
      return push(null);
    }
    arrivedBytes += chunk.length;
    if (arrivedBytes <= ANSWER_LIMIT_BYTES) return pushUnlessEmpty(filter.pass(chunk));
    socket.destroy(Object.assign(new Error('The answer is too long.'), { code: 'ANSWER_TOO_LONG' }));
    return false;
  };
  socket.push = guarded;
}

/** Null is the end. */
type Push = (chunk: Buffer | null) => boolean;
