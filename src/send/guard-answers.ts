import type { Socket } from 'node:net';
import type { AnswerHead } from './answer-head.js';
import { ANSWER_LIMIT_BYTES } from './answer-limits.js';
import { ContinueFilter } from './continue-filter.js';

/**
 * Stands between a connection and undici's parser, and breaks a connection on which more than 256 KiB come for one request
 * (`ANSWER_TOO_LONG`). Limits of headers and bodies see neither informational answers without end nor a reason, a chunk's
 * extension or blank lines without end: those would be read as fast as they come until the time of the attempt is up.
 * Keeps each 100 (Continue) from the parser, which can't take one, and puts the beginning of each answer into its `AnswerHead`.
 *
 * `takeStarted` is asked at each write: it gives the head of the request whose first write this is, and null at all others. Whoever needs no head gives
 * none.
 */
export function guardAnswers(socket: Socket, takeStarted: () => AnswerHead | null = () => null): void {
  // The way by which all that arrives goes into the stream. A listener would come too late: undici reads when it likes.
  const push = socket.push.bind(socket) as Push;
  const write = socket.write.bind(socket) as Write;
  const pushUnlessEmpty = (chunk: Buffer) => chunk.length === 0 || push(chunk);
  let arrivedBytes = 0;
  let filter = new ContinueFilter();
  let head: AnswerHead | null = null;

  // Both clients write a request whole, and the next one only after the answer: what is written after some of an answer has come begins another one.
  const guardedWrite: Write = (...args) => {
    const started = takeStarted();
    head = started ?? head;
    if (started !== null || arrivedBytes > 0) {
      arrivedBytes = 0;
      filter = new ContinueFilter();
    }
    return write(...args);
  };
  const guardedPush: Push = (chunk) => {
    if (chunk === null) {
      pushUnlessEmpty(filter.rest());
      return push(null);
    }
    arrivedBytes += chunk.length;
    if (arrivedBytes > ANSWER_LIMIT_BYTES) {
      socket.destroy(Object.assign(new Error('The answer is too long.'), { code: 'ANSWER_TOO_LONG' }));
      return false;
    }
    const passed = filter.pass(chunk);
    if (passed.length === 0) return true;
    head?.add(passed);
    return push(passed);
  };
  socket.write = guardedWrite;
  socket.push = guardedPush;
}

/** Null is the end. */
type Push = (chunk: Buffer | null) => boolean;

type Write = (...args: unknown[]) => boolean;
