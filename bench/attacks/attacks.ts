import type { Scenario } from '../scenario.js';
import { attacksOptions } from './attacks-options.js';
import { attacksReport, type AttacksRun } from './attacks-report.js';
import { measureAttacks } from './measure-attacks.js';

/** What callers with a key notice while the server is attacked in every way that is known. */
export const attacks: Scenario<typeof attacksOptions> = {
  name: 'attacks',
  summary: 'what do callers notice while the server is attacked in every way that is known?',
  options: attacksOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const runs: AttacksRun[] = [];
    for (let round = 1; round <= settings.rounds; round += 1) {
      for (const kind of ['quiet', 'attacked'] as const) {
        const name = `round ${round} of ${settings.rounds}, ${kind}`;
        const say = (text: string) => screen.status(`${name}: ${text}`);
        const figures = await measureAttacks(kind, settings, { surroundings, say });
        runs.push({ round, ...figures });
        const { latencyMs, faults } = figures;
        const isClosed = faults.length === 0 ? 'the ledger is closed' : 'VOID';
        screen.line(`${name}: p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, ${isClosed}`);
        if (faults.length > 0) return attacksReport(settings, runs);
      }
    }
    return attacksReport(settings, runs);
  },
};
