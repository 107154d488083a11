import { setTimeout } from 'node:timers/promises';
import type { Attack, Victim } from './attack.js';

/** What came of an attack. */
export interface AttackFigures {
  name: string;
  /** How often it was done to its end. */
  roundCount: number;
  /** How often each outcome came, over all rounds and connections. */
  outcomes: Readonly<Record<string, number>>;
  /** What came of it that should not have, or did not come that should have, each a sentence. */
  faults: readonly string[];
}

/** How long what is under way at the end is waited for, in milliseconds. */
const END_LIMIT_MS = 5000;

/** Makes all attacks at once, each again and again. */
export class Attackers {
  readonly #enough = new AbortController();
  readonly #stopping = new AbortController();
  readonly #running: readonly Promise<AttackFigures>[];

  constructor(attacks: readonly Attack[], victim: Victim, { pauseMs }: { pauseMs: number }) {
    this.#running = attacks.map((attack) => this.#repeat(attack, victim, pauseMs));
  }

  /** Begins no further round and answers with what came of all; those that take longer than a moment are broken off and do not count. */
  async end(): Promise<AttackFigures[]> {
    this.#enough.abort();
    const all = Promise.all(this.#running);
    await Promise.race([all, setTimeout(END_LIMIT_MS, undefined, { ref: false })]);
    this.#stopping.abort();
    return await all;
  }

  async #repeat(attack: Attack, victim: Victim, pauseMs: number): Promise<AttackFigures> {
    const ends = { enough: this.#enough.signal, signal: this.#stopping.signal };
    const outcomes: Record<string, number> = {};
    let roundCount = 0;
    while (!ends.enough.aborted) {
      const found = await attack.round(victim, ends);
      if (ends.signal.aborted) break;
      roundCount += 1;
      for (const outcome of found) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      await setTimeout(pauseMs, undefined, { signal: ends.enough }).catch(() => {});
    }
    return { name: attack.name, roundCount, outcomes, faults: findFaults(attack, outcomes) };
  }
}

function findFaults({ refusals, beside = [] }: Attack, outcomes: Readonly<Record<string, number>>): string[] {
  const found = Object.keys(outcomes);
  const holes = found.filter((outcome) => !refusals.includes(outcome) && !beside.includes(outcome));
  const isRefused = found.length === 0 || found.some((outcome) => refusals.includes(outcome));
  return [
    ...holes.map((outcome) => `Expected ${[...refusals, ...beside].join(' or ')}, received ${outcome}, ${outcomes[outcome]} times.`),
    ...(isRefused ? [] : [`Expected ${refusals.join(' or ')} now and then, received ${found.join(' and ')} alone.`]),
  ];
}
