import type { Scenario } from '../scenario.js';
import { growthOptions } from './growth-options.js';
import { growthReport } from './growth-report.js';
import { measureGrowth } from './measure-growth.js';

/** What a large database costs those who publish. */
export const growth: Scenario<typeof growthOptions> = {
  name: 'growth',
  summary: 'how much does a server deliver, and how soon, with few and with many events stored, and what do they take on disk?',
  options: growthOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    return growthReport(settings, await measureGrowth(settings, surroundings));
  },
};
