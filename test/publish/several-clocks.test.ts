import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onPostgres } from '../support/postgres.js';
import { attemptOf, openServers, publishTo, readRows, type SeveralServers } from '../support/server-parts.js';

const HOUR = 3_600_000;
const SERVERS = [0, 1, 2] as const;

/** What one server does, at the same time as the others do theirs. */
interface Deed {
  server: number;
  /** Publishes to this line, or records an attempt of what is due in it. */
  does: 'PUBLISH' | 'SUCCEED' | 'FAIL';
  line: number;
}

/** Keys of the one hook, and the other hook, which is STRICT. */
const LINES = ['a', 'b', 'STRICT'];

const deed = fc.record<Deed>({
  server: fc.constantFrom(...SERVERS),
  does: fc.constantFrom('PUBLISH', 'PUBLISH', 'SUCCEED', 'FAIL'),
  line: fc.nat(LINES.length - 1),
});

/** Two hooks with lines that servers publish into, and what has become of it. */
class World {
  readonly #shared: SeveralServers;
  readonly #hookIds: { byKey: string; strict: string };
  #round = 0;

  constructor(shared: SeveralServers, hookIds: { byKey: string; strict: string }) {
    this.#shared = shared;
    this.#hookIds = hookIds;
  }

  /** Does all of it at once. What is recorded is what was due before. */
  async all(deeds: readonly Deed[]): Promise<void> {
    this.#round += 1;
    const before = await this.#readLines();
    const recorded = new Set<string>();
    await Promise.all(
      deeds.map(async ({ server: index, does, line }) => {
        const server = this.#shared.servers[index]!;
        if (does === 'PUBLISH') return this.#publish(index, line);
        const due = before.get(LINES[line]!)?.find(({ state }) => state === 'DUE');
        // A hook has one leader at a time.
        if (due === undefined || recorded.has(due.deliveryId)) return;
        recorded.add(due.deliveryId);
        await server.recorder.record(attemptOf(server, due, does === 'FAIL' ? 500 : 200));
      }),
    );
  }

  /** What is wrong: in each line that has something open one is due, of the first round that has any, and all others wait. */
  async findDisorder(): Promise<string[]> {
    return [...(await this.#readLines())].flatMap(([line, rows]) => {
      const open = rows.filter(({ state }) => state !== 'FINAL');
      const due = open.filter(({ state }) => state === 'DUE').map(({ name }) => Number(name));
      if (open.length === 0) return [];
      if (due.length !== 1) return [`${due.length} are due of ${line}`];
      const first = Math.min(...open.map(({ name }) => Number(name)));
      return due[0] === first ? [] : [`of ${line} that of round ${due[0]} is due, before that of ${first}`];
    });
  }

  async openCount(): Promise<number> {
    return [...(await this.#readLines()).values()].flat().filter(({ state }) => state !== 'FINAL').length;
  }

  async #publish(server: number, line: number): Promise<void> {
    const [hookId, key] = LINES[line] === 'STRICT' ? [this.#hookIds.strict, null] : [this.#hookIds.byKey, LINES[line]!];
    await publishTo(this.#shared.servers[server]!, this.#shared, hookId, { name: `${this.#round}`, key });
  }

  async #readLines() {
    const [server] = this.#shared.servers;
    const rows = [...(await readRows(server!, this.#hookIds.byKey)), ...(await readRows(server!, this.#hookIds.strict))];
    return Map.groupBy(rows, ({ orderingKey }) => (orderingKey === '' ? 'STRICT' : orderingKey!));
  }
}

it.runIf(onPostgres)(
  'lines stay in order whatever three servers publish and record at once, by clocks that are hours apart',
  async () => {
    await using shared = await openServers([0, HOUR, -2 * HOUR]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(deed, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8, size: 'max' }),
        async (rounds) => {
          const world = new World(shared, { byKey: await shared.makeHook('BY_KEY'), strict: await shared.makeHook('STRICT') });
          for (const deeds of rounds) {
            await world.all(deeds);
            expect(await world.findDisorder()).toEqual([]);
          }
          // Nothing is stuck: each round ends at least one of each line.
          while ((await world.openCount()) > 0) {
            const before = await world.openCount();
            await world.all(LINES.map((_, line) => ({ server: line % SERVERS.length, does: 'SUCCEED', line })));
            expect(await world.findDisorder()).toEqual([]);
            expect(await world.openCount()).toBeLessThan(before);
          }
        },
      ),
      { numRuns: 20 },
    );
  },
  60_000,
);
