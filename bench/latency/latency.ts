import type { Scenario } from '../scenario.js';
import { latencyOptions } from './latency-options.js';
import { latencyReport, type RateRun } from './latency-report.js';
import { measureRate } from './measure-rate.js';

/** How soon an event is with its receiver, at rates that wait for nobody. */
export const latency: Scenario<typeof latencyOptions> = {
  name: 'latency',
  summary: 'how soon is an event with its receiver, at several rates?',
  options: latencyOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const { rates, rounds } = settings;
    const runs: RateRun[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // Up and down in turns, so that a machine that gets slower or faster meanwhile favours none.
      for (const rate of round % 2 === 1 ? rates : rates.toReversed()) {
        const name = `round ${round} of ${rounds}, ${rate} events a second`;
        const say = (text: string) => screen.status(`${name}: ${text}`);
        const figures = await measureRate(rate, settings, { surroundings, say });
        runs.push({ round, ...figures });
        const { latencyMs, faults } = figures;
        screen.line(
          `${name}: p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, ${faults.length === 0 ? 'the ledger is closed' : 'VOID'}`,
        );
        if (faults.length > 0) return latencyReport(settings, runs);
      }
    }
    return latencyReport(settings, runs);
  },
};
