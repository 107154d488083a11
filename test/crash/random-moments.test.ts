import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTokenServer } from '../support/token-server.js';
import { auditLedger } from './audit-ledger.js';
import type { Ledger } from './ledger.js';
import { liveUntilKilled } from './live-until-killed.js';
import { Lives } from './lives.js';
import { Load } from './load.js';
import { readLog } from './read-record.js';
import { formatLife, formatRun, type LifeReport } from './run-report.js';
import { seededFractions } from './seeded-random.js';

/** `npm run test:crash` sets it; `npm test` makes a short run, without a line for each round. */
const { CRASH_ROUNDS, CRASH_SEED } = process.env;
const roundCount = Number(CRASH_ROUNDS ?? 5);
const seed = Number(CRASH_SEED ?? randomInt(2 ** 31));
const progress = CRASH_ROUNDS === undefined ? () => {} : (line: string) => console.log(line);

/** Long enough for each delivery's one failure, and for any number that a fault would bring. */
const RETRY_SCHEDULE = Array.from({ length: 50 }, () => '100ms').join(',');

/** Of so many kills one is counted from the beginning of the process, so that it may fall into the start. */
const SPAWN_SHARE = 0.3;

/** The latest moment to be drawn of those: in times the changes of files that the last start made. */
const LATEST_START = 1.5;

/** The latest moments to be drawn of the others, half of which are counted by each. */
const LATEST = { CHANGES: 300, REQUESTS: 300 };

const timeout = 120_000 + roundCount * 10_000;

// The same seed draws the same counts; what else the server is at by then is the machine's affair.
it(`loses nothing by kills at random moments under load (CRASH_SEED=${seed})`, { timeout }, async ({ signal }) => {
  await using tokens = await startTokenServer();
  await using lives = await Lives.begin(signal, { RETRY_SCHEDULE });
  const load = await Load.configure(lives, await lives.startFirst(), tokens, seed);
  await lives.kill();

  const reports = await killAtRandomMoments(lives, load);
  const ledger = await settle(lives, load);

  const { faults, doubleCount } = auditLedger(ledger);
  console.log(formatRun({ seed, lives: reports, ...load.lostAnswers, ledger, doubleCount }));
  expect(faults.slice(0, 20)).toEqual([]);
  expect(lives.errors).toEqual([]);
  expect(ledger.events.length).toBeGreaterThan(roundCount);
});

async function killAtRandomMoments(lives: Lives, load: Load): Promise<LifeReport[]> {
  const fraction = seededFractions(seed);
  const reports: LifeReport[] = [];
  let startedChanges = 20;
  for (let round = 1; round <= roundCount; round += 1) {
    // The first life comes to publishing, whatever is drawn, so that there is work for those after it.
    const killedAfter = fraction() < SPAWN_SHARE && round > 1 ? 'SPAWN' : 'ANSWER';
    const counted = killedAfter === 'SPAWN' || fraction() < 0.5 ? 'CHANGES' : 'REQUESTS';
    const latest = killedAfter === 'SPAWN' ? LATEST_START * startedChanges : LATEST[counted];
    const report = await liveUntilKilled(lives, load, { killedAfter, counted, count: Math.ceil(fraction() * latest) });
    startedChanges = report.startedChanges ?? startedChanges;
    reports.push(report);
    progress(`round ${round} of ${roundCount}: ${lives.acknowledgedCount} events acknowledged; ${formatLife(report)}`);
  }
  return reports;
}

/** The last life: what got no answer is published again, and nothing is open at its end. */
async function settle(lives: Lives, load: Load): Promise<Ledger> {
  let isOver = false;
  load.slowDownNobody();
  const server = await lives.start();
  const following = load.subscriber.follow(server, () => isOver);
  const settling = async () => {
    for (const publisher of load.publishers) await publisher.publishAgain(server, () => isOver);
    await lives.settle(server);
    progress('no delivery is open any more');
    await load.subscriber.toldOf(readLog(lives.dataDir, 0).at(-1)!.attemptId);
  };
  // The subscription has no end before it is over; should it break, nothing is waited for.
  await Promise.race([settling(), following]);
  isOver = true;
  const ledger = await lives.ledger(load.subscriber.told);
  await following;
  return ledger;
}
