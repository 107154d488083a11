import type { Scenario } from '../scenario.js';
import { measureRecovery } from './measure-recovery.js';
import { recoveryOptions } from './recovery-options.js';
import { recoveryReport } from './recovery-report.js';

/** How soon a server goes on with the work of one that has died. */
export const recovery: Scenario<typeof recoveryOptions> = {
  name: 'recovery',
  summary: 'how soon does a server that is started after a kill deliver what was waiting?',
  options: recoveryOptions,
  findFaults: () => [],
  async run(settings, surroundings) {
    const figures = await measureRecovery(settings, surroundings, (text) => surroundings.screen.status(text));
    return recoveryReport(settings, figures);
  },
};
