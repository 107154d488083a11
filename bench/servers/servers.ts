import type { Scenario } from '../scenario.js';
import { type FormFigures, measureForm } from './measure-form.js';
import { findServersFaults, serverCountsOf, serversOptions } from './servers-options.js';
import { serversReport } from './servers-report.js';

/** How much servers deliver that share a database, and what they take for it. */
export const servers: Scenario<typeof serversOptions> = {
  name: 'servers',
  summary: 'how much do one and several servers deliver, what do they take for it, and how soon do they hear of each other?',
  options: serversOptions,
  findFaults: findServersFaults,
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const counts = serverCountsOf(settings);
    const runs: Array<FormFigures & { round: number }> = [];
    for (let round = 1; round <= settings.rounds; round += 1) {
      // Up and down in turns, so that a machine that gets slower or faster meanwhile favours none.
      for (const serverCount of round % 2 === 1 ? counts : counts.toReversed()) {
        const name = `round ${round} of ${settings.rounds}, ${serverCount} server${serverCount === 1 ? '' : 's'}`;
        const say = (text: string) => screen.status(`${name}: ${text}`);
        const figures = await measureForm(serverCount, settings, { surroundings, say });
        runs.push({ round, ...figures });
        const { deliveriesPerSecond, faults } = figures;
        screen.line(`${name}: ${deliveriesPerSecond.toFixed(0)} deliveries/s, ${faults.length === 0 ? 'the ledger is closed' : 'VOID'}`);
        if (faults.length > 0) return serversReport(settings, runs);
      }
    }
    return serversReport(settings, runs);
  },
};
