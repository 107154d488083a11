import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/clock.js';
import { makeDatabase, onPostgres } from '../support/postgres.js';
import { cursorOf } from '../support/test-ring.js';
import { type FeedServer, type OpenAppend, query, startFeedServer, take } from './feed-server.js';

describe.runIf(onPostgres)('a subscriber of one of several servers', () => {
  it('gets each entry once and in order, however servers append, commit late and roll back, and it hops between them', async () => {
    await using database = await makeDatabase();
    await using stack = new AsyncDisposableStack();
    const servers: FeedServer[] = [];
    for (let count = 0; count < 3; count += 1) servers.push(stack.use(await startFeedServer(database.url, { clock, pollIntervalMs: 20 })));
    const index = fc.nat({ max: 5 });
    const step = fc.oneof(
      fc.record({ begin: index, count: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ end: index, isKept: fc.boolean() }),
      fc.record({ take: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ hop: index }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24, size: 'max' }), async (steps) => {
        const beginning = cursorOf('health', await servers[0]!.feed.readPlace());
        let entries = await servers[0]!.feed.follow(query, beginning);
        let last = beginning;
        let lastGiven = 0;
        const open: Array<OpenAppend & { after: number }> = [];
        const committed: number[] = [];
        const taken: number[] = [];
        const takeUpTo = async (count: number) => {
          // All before the first transaction that is still open has to come, and nothing of what is behind it.
          const horizon = Math.min(...open.map(({ after }) => after));
          const owedCount = committed.filter((place) => place <= horizon).length;
          taken.push(...(await take(entries, Math.min(count, owedCount - taken.length))));
          if (taken.length > 0) last = cursorOf('health', taken.at(-1)!);
        };

        for (const one of steps) {
          if ('begin' in one) {
            if (open.length === 4) continue;
            const append = await servers[one.begin % 3]!.begin(one.count);
            open.push({ ...append, after: lastGiven });
            lastGiven = append.places.at(-1)!;
          } else if ('end' in one) {
            const [ended] = open.splice(one.end % Math.max(open.length, 1), 1);
            if (one.isKept) {
              await ended?.commit();
              committed.push(...(ended?.places ?? []));
            } else await ended?.rollBack();
          } else if ('take' in one) {
            await takeUpTo(one.take);
          } else {
            await entries.return!();
            entries = await servers[one.hop % 3]!.feed.follow(query, last);
          }
        }
        for (const ended of open.splice(0)) {
          await ended.commit();
          committed.push(...ended.places);
        }
        await takeUpTo(Infinity);
        await entries.return!();

        expect(taken).toEqual(committed.toSorted((one, other) => one - other));
        for (const server of servers) {
          const again = await server.feed.follow(query, beginning);
          expect(await take(again, taken.length)).toEqual(taken);
          await again.return!();
        }
      }),
      { numRuns: 25 },
    );
  });
});
