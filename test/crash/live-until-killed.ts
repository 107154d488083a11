import { setTimeout as sleep } from 'node:timers/promises';
import type { Lives } from './lives.js';
import type { Load } from './load.js';
import { countOpen } from './read-record.js';
import type { LifeReport } from './run-report.js';

export interface Kill {
  killedAfter: LifeReport['killedAfter'];
  afterMs: number;
}

/** A life under load, which a kill ends at the moment that was drawn. */
export async function liveUntilKilled(lives: Lives, load: Load, { killedAfter, afterMs }: Kill): Promise<LifeReport> {
  const { dueCount } = countOpen(lives.dataDir, Date.now());
  const times: Pick<LifeReport, 'startedMs' | 'firstRequestMs'> = { startedMs: null, firstRequestMs: null };
  let isOver = false;
  const spawnedAt = performance.now();
  const starting = lives.spawn();
  const firstRequest = Promise.race(lives.hooks.map(({ receiver }) => receiver.requests(receiver.received.length + 1)));
  void firstRequest.then(() => {
    if (dueCount > 0 && !isOver) times.firstRequestMs = performance.now() - spawnedAt;
  });

  const living = starting.started.then(
    (server) => {
      times.startedMs = performance.now() - spawnedAt;
      return load.press(server, () => isOver);
    },
    (error: unknown) => {
      if (!isOver) throw error;
    },
  );
  const killing = async () => {
    if (killedAfter === 'ANSWER') await lives.answered;
    // The moment is what was drawn: nothing is waited for.
    await sleep(afterMs);
    isOver = true;
    load.release();
    await lives.kill();
  };
  await Promise.all([living, killing()]);
  return { killedAfter, ...times };
}
