import type { Scenario } from '../scenario.js';
import { measureStarts } from './measure-starts.js';
import { startOptions } from './start-options.js';
import { startReport } from './start-report.js';

/** How long those who are served wait for a server that is started. */
export const start: Scenario<typeof startOptions> = {
  name: 'start',
  summary: 'how soon after its start is the server ready, with an empty database and with a large one?',
  options: startOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    return startReport(settings, await measureStarts(settings, surroundings, (text) => surroundings.screen.status(text)));
  },
};
