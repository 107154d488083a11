import type { Scenario } from '../scenario.js';
import { growthOptions } from './growth-options.js';
import { growthReport } from './growth-report.js';
import { type GrowthFigures, measureGrowth } from './measure-growth.js';

/** What a large database costs those who publish. */
export const growth: Scenario<typeof growthOptions> = {
  name: 'growth',
  summary: 'how much does a server deliver, and how soon, with few and with many events stored, and what do they take on disk?',
  options: growthOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const runs: GrowthFigures[] = [];
    for (const storedCount of settings.stored) {
      const name = `${storedCount.toLocaleString('en')} stored`;
      const say = (text: string) => screen.status(`${name}: ${text}`);
      const figures = await measureGrowth(storedCount, settings, { surroundings, say });
      runs.push(figures);
      const { deliveriesPerSecond, faults } = figures;
      screen.line(`${name}: ${deliveriesPerSecond.toFixed(0)} deliveries/s, ${faults.length === 0 ? 'the ledger is closed' : 'VOID'}`);
      if (faults.length > 0) break;
    }
    return growthReport(settings, runs);
  },
};
