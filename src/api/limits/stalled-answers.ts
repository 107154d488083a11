import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ChurnMap } from '../../churn-map.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';

/** How long the operating system may take no byte of an answer before its connection is cut off, in milliseconds. */
export const STALL_LIMIT_MS = 30_000;

/** How often the answers under way are looked at, in milliseconds. */
const LOOK_EVERY_MS = 5000;

/** How many addresses of those who are cut off are named in the log. */
const ADDRESSES_LOGGED = 5;

interface Progress {
  /** What was left to write when it last changed, in bytes. */
  unsentBytes: number;
  changedAt: number;
}

/**
 * Cuts off clients that ask and do not read: an answer is held in memory until the client has taken it, and Node.js waits for that
 * without an end. One that reads slowly is left alone, since each byte it takes counts. WebSockets are no answers; `socket.ts` has
 * their rule. Stopped by the function that it returns.
 */
export function cutOffStalledAnswers(server: Server, { clock, log }: { clock: Clock; log: Log }): () => void {
  const answers = new ChurnMap<ServerResponse, ServerResponse>();
  const progress = new WeakMap<ServerResponse, Progress>();

  server.on('request', (_request, answer: ServerResponse) => {
    answers.set(answer, answer);
    answer.once('close', () => answers.delete(answer));
  });

  // One look at all of them, instead of a timer for each answer; and one line for all that are cut off by it.
  let cancel = clock.after(LOOK_EVERY_MS, look);
  function look(): void {
    const stalled = answers.values().filter(isStalled);
    if (stalled.length > 0) {
      const addresses = new Set(stalled.map(({ socket }) => socket!.remoteAddress));
      const unsentBytes = stalled.reduce((sum, { socket }) => sum + unsentBytesOf(socket!), 0);
      log.warn({ count: stalled.length, unsentBytes, addresses: [...addresses].slice(0, ADDRESSES_LOGGED) }, 'answers.cut_off');
    }
    for (const answer of stalled) {
      answers.delete(answer);
      answer.socket!.resetAndDestroy();
    }
    cancel = clock.after(LOOK_EVERY_MS, look);
  }

  function isStalled(answer: ServerResponse): boolean {
    // An answer behind another on the same connection has no socket yet: the one before it decides.
    if (answer.socket === null) return false;
    const unsentBytes = unsentBytesOf(answer.socket);
    const known = progress.get(answer);
    // As long as there is nothing to send, the server is at work, and the client can't be what is slow.
    if (unsentBytes === 0 || unsentBytes !== known?.unsentBytes) {
      progress.set(answer, { unsentBytes, changedAt: clock.elapsed() });
      return false;
    }
    return clock.elapsed() - known.changedAt >= STALL_LIMIT_MS;
  }

  return () => cancel();
}

/**
 * What the operating system has not taken yet. What Node.js tells openly changes with whole chunks alone, and a large answer is one
 * chunk; its own time-out of sockets goes by the same count of the bytes in the write that is under way.
 */
function unsentBytesOf(socket: Socket & { _handle?: { writeQueueSize?: number } | null }): number {
  return socket._handle?.writeQueueSize ?? socket.writableLength;
}
