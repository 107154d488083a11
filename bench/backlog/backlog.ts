import type { Scenario } from '../scenario.js';
import { backlogOptions } from './backlog-options.js';
import { backlogReport } from './backlog-report.js';
import { measureBacklog } from './measure-backlog.js';

/** What becomes of that which gathers while receivers are down. */
export const backlog: Scenario<typeof backlogOptions> = {
  name: 'backlog',
  summary: 'how soon is delivered what was published while the receivers were down, and what memory does it take meanwhile?',
  options: backlogOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    const figures = await measureBacklog(settings, surroundings, (text) => surroundings.screen.status(text));
    return backlogReport(settings, figures);
  },
};
