import type { Clock } from '../src/clock.js';
import type { ApiClient } from './api-client.js';
import { attemptLine } from './attempt-line.js';
import { ATTEMPTS, RESULTS, type SeenAttempt, type SeenResult } from './notices.js';
import type { Screen } from './screen.js';
import type { Tally } from './tally.js';

export interface Watch {
  /** The time that the lines count from, in milliseconds since the epoch. */
  startMs: number;
  /** What broke the stream; null while nothing did. */
  readonly failure: string | null;
}

export interface WatchOptions {
  api: ApiClient;
  organizationId: string;
  clock: Clock;
  screen: Screen;
  tally: Tally;
}

/** Prints each attempt as the live stream tells of it, and counts. Answers once the stream is open. */
export async function watchAcme({ api, organizationId, clock, screen, tally }: WatchOptions): Promise<Watch> {
  const startMs = clock.now();
  let failure: string | null = null;
  const onFailure = (error: unknown) => {
    failure ??= error instanceof Error ? error.message : JSON.stringify(error);
  };

  api.subscribe<{ deliveryAttempts: { attempt: SeenAttempt } }>(
    ATTEMPTS,
    { organizationId },
    {
      notice({ deliveryAttempts: { attempt } }) {
        screen.line(attemptLine(attempt, startMs, (colour, text) => screen.paint(colour, text)));
        tally.noteAttempt(attempt);
      },
      failure: onFailure,
    },
  );
  api.subscribe<{ deliveryResults: { delivery: SeenResult } }>(
    RESULTS,
    { organizationId },
    { notice: ({ deliveryResults: { delivery } }) => tally.noteResult(delivery), failure: onFailure },
  );
  await api.subscribed();

  return {
    startMs,
    get failure() {
      return failure;
    },
  };
}
