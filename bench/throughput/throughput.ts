import type { Scenario } from '../scenario.js';
import { measureYardstick, type YardstickFigures } from '../yardsticks/measure-yardstick.js';
import { YARDSTICKS } from '../yardsticks/yardstick-plan.js';
import { measureThroughput, type ThroughputFigures } from './measure-throughput.js';
import { findThroughputFaults, formsOf, throughputOptions, yardsticksOf } from './throughput-options.js';
import { formName, throughputReport } from './throughput-report.js';

/** The most that one server delivers, beside what else could deliver here. */
export const throughput: Scenario<typeof throughputOptions> = {
  name: 'throughput',
  summary: 'how much does one server deliver at the most, beside a bare client, a bare store and a queue on Redis?',
  options: throughputOptions,
  findFaults: findThroughputFaults,
  async run(settings, surroundings) {
    const { screen } = surroundings;
    const { rounds, warmup, events, redis } = settings;
    const yardstickPlan = { warmupCount: warmup, deliveryCount: events, redisUrl: redis === 'none' ? null : redis };
    const forms: Array<ThroughputFigures & { round: number }> = [];
    const yardsticks: Array<YardstickFigures & { round: number }> = [];
    const subjects = [...yardsticksOf(settings), ...formsOf(settings)];
    for (let round = 1; round <= rounds; round += 1) {
      // Up and down in turns, so that a machine that gets slower or faster meanwhile favours none.
      for (const subject of round % 2 === 1 ? subjects : subjects.toReversed()) {
        const name = `round ${round} of ${rounds}, ${typeof subject === 'string' ? YARDSTICKS[subject].title : formName(subject)}`;
        const say = (text: string) => screen.status(`${name}: ${text}`);
        let figures: ThroughputFigures | YardstickFigures;
        if (typeof subject === 'string') {
          say('measuring');
          figures = await measureYardstick(subject, yardstickPlan, surroundings);
          yardsticks.push({ round, ...figures });
        } else {
          figures = await measureThroughput(subject, settings, { surroundings, say });
          forms.push({ round, ...figures });
        }
        const { deliveriesPerSecond, faults } = figures;
        screen.line(`${name}: ${deliveriesPerSecond.toFixed(0)} deliveries/s, ${faults.length === 0 ? 'all accounted for' : 'VOID'}`);
        if (faults.length > 0) return throughputReport(settings, { forms, yardsticks });
      }
    }
    return throughputReport(settings, { forms, yardsticks });
  },
};
