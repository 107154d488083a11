import type { Scenario } from '../scenario.js';
import { findIsolationFaults, isolationOptions } from './isolation-options.js';
import { isolationReport, type Run } from './isolation-report.js';
import { measureRun } from './measure-run.js';
import { planRuns } from './plan-runs.js';

/** How much a hook that is in trouble slows those that are not. */
export const isolation: Scenario<typeof isolationOptions> = {
  name: 'isolation',
  summary: 'how much slower do healthy hooks get their events while other hooks hang, or a dead one has a backlog?',
  options: isolationOptions,
  findFaults: findIsolationFaults,
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const { clean, troubled } = planRuns(settings);
    const runs: Run[] = [];
    for (let round = 1; round <= settings.rounds; round += 1) {
      // Each kind goes first in turn, so that a machine that gets slower or faster meanwhile favours neither.
      for (const plan of round % 2 === 1 ? [clean, troubled] : [troubled, clean]) {
        const name = `round ${round} of ${settings.rounds}, ${plan.kind}`;
        const figures = await measureRun(plan, surroundings, (text) => screen.status(`${name}: ${text}`));
        runs.push({ round, ...figures });
        const { latencyMs, faults } = figures;
        screen.line(
          `${name}: p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, ${faults.length === 0 ? 'the ledger is closed' : 'VOID'}`,
        );
        if (faults.length > 0) return isolationReport(settings, runs);
      }
    }
    return isolationReport(settings, runs);
  },
};
