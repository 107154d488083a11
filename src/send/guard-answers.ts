import type { Socket } from 'node:net';

/** Twice what an answer takes whose headers are as large as may be and whose body of 16 KiB comes in chunks of one byte. */
const ANSWER_LIMIT_BYTES = 256 * 1024;

/**
 * Stands between a connection and undici's parser, and breaks a connection on which more than 256 KiB come for one request
 * (`ANSWER_TOO_LONG`). Limits of headers and bodies see neither informational answers without end nor a reason, a chunk's
 * extension or blank lines without end: those would be read as fast as they come until the time of the attempt is up.
 */
export function guardAnswers(socket: Socket): void {
  // The way by which all that arrives goes into the stream. A listener would come too late: undici reads when it likes.
  const push = socket.push.bind(socket) as Push;
  let writtenBytes = 0;
  let arrivedBytes = 0;

  const guarded: Push = (chunk) => {
    // undici writes a request whole, and the next one only after the answer: when more is written, another answer begins.
    if (socket.bytesWritten !== writtenBytes) {
      writtenBytes = socket.bytesWritten;
      arrivedBytes = 0;
    }
    arrivedBytes += chunk?.length ?? 0;
    if (arrivedBytes <= ANSWER_LIMIT_BYTES) return push(chunk);
    socket.destroy(Object.assign(new Error('The answer is too long.'), { code: 'ANSWER_TOO_LONG' }));
    return false;
  };
  socket.push = guarded;
}

/** Null is the end. */
type Push = (chunk: Buffer | null) => boolean;
