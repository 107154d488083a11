import type { Scenario } from '../scenario.js';
import { measureStream, type StreamFigures } from './measure-stream.js';
import { findStreamFaults, nameOf, streamOptions } from './stream-options.js';
import { streamReport } from './stream-report.js';

/** How soon subscribers hear of attempts, and what they cost. */
export const stream: Scenario<typeof streamOptions> = {
  name: 'stream',
  summary: 'how soon do many subscribers hear of an attempt, and what does the server take for them?',
  options: streamOptions,
  findFaults: findStreamFaults,
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const runs: StreamFigures[] = [];
    for (const form of settings.forms) {
      const name = nameOf(form);
      const say = (text: string) => screen.status(`${name}: ${text}`);
      const figures = await measureStream(form, settings, { surroundings, say });
      runs.push(figures);
      const { delays, faults } = figures;
      screen.line(`${name}: p99 ${delays.fromAnswerMs.p99.toFixed(1)} ms, ${faults.length === 0 ? 'the ledgers are closed' : 'VOID'}`);
      if (faults.length > 0) break;
    }
    return streamReport(settings, runs);
  },
};
