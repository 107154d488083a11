import type { Scenario } from '../scenario.js';
import { growthOptions } from './growth-options.js';
import { growthReport } from './growth-report.js';
import type { LayoutFigures } from './measure-layout.js';

/** Whether attempts and the log of changes should lie in one table each or in partitions by day, on PostgreSQL. */
export const growthLayout: Scenario<typeof growthOptions> = {
  name: 'growth-layout',
  summary: 'what do many rows cost on PostgreSQL, with attempts and the log in one table each, or in one for each day?',
  options: growthOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    // The other scenarios need no database of their own process.
    const { measureLayout } = await import('./measure-layout.js');
    const layouts: LayoutFigures[] = [];
    for (const layout of settings.layout === 'both' ? (['plain', 'partitioned'] as const) : [settings.layout]) {
      layouts.push(await measureLayout(layout, settings, surroundings, (text) => surroundings.screen.status(`${layout}: ${text}`)));
      surroundings.screen.line(`${layout}: measured`);
    }
    return growthReport(layouts);
  },
};
