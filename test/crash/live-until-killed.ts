import { FolderChanges } from '../support/folder-changes.js';
import type { Lives } from './lives.js';
import type { Load } from './load.js';
import { countOpen } from './read-record.js';
import type { LifeReport } from './run-report.js';

/** When a life ends: by what was seen of it from outside, so that the moment is the same on a quick machine and on a slow one. */
export interface Kill {
  killedAfter: LifeReport['killedAfter'];
  /** What is counted from then on: changes of files in its data folder, or requests that the quickest hook gets. */
  counted: 'CHANGES' | 'REQUESTS';
  count: number;
}

/** A life under load, which a kill ends at the moment that was drawn. */
export async function liveUntilKilled(lives: Lives, load: Load, { killedAfter, counted, count }: Kill): Promise<LifeReport> {
  const { dueCount } = countOpen(lives.dataDir, Date.now());
  const seen: Omit<LifeReport, 'killedAfter'> = { startedMs: null, startedChanges: null, firstRequestMs: null };
  using changes = new FolderChanges(lives.dataDir);
  let isOver = false;
  const spawnedAt = performance.now();
  const starting = lives.spawn();
  const firstRequest = Promise.race(lives.hooks.map(({ receiver }) => receiver.requests(receiver.received.length + 1)));
  void firstRequest.then(() => {
    if (dueCount > 0 && !isOver) seen.firstRequestMs = performance.now() - spawnedAt;
  });

  const living = starting.started.then(
    (server) => {
      seen.startedMs = performance.now() - spawnedAt;
      seen.startedChanges = changes.count;
      return load.press(server, () => isOver);
    },
    (error: unknown) => {
      if (!isOver) throw error;
    },
  );
  const killing = async () => {
    if (killedAfter === 'ANSWER') await lives.answered;
    const { receiver } = lives.hooks[0]!;
    if (counted === 'CHANGES') await changes.reach(changes.count + count);
    else await receiver.requests(receiver.received.length + count);
    isOver = true;
    load.release();
    await lives.kill();
  };
  await Promise.all([living, killing()]);
  return { killedAfter, ...seen };
}
