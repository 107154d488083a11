import { Screen } from '../demo/screen.js';
import { systemClock } from '../src/clock.js';
import { VERSION } from '../src/version.js';
import { attacks } from './attacks/attacks.js';
import { backlog } from './backlog/backlog.js';
import { describeMachine, readMachine } from './figures/machine.js';
import { growth } from './growth/growth.js';
import { growthLayout } from './growth-layout/growth-layout.js';
import { isolation } from './isolation/isolation.js';
import { latency } from './latency/latency.js';
import { helpText } from './options/help.js';
import { OptionError, readOptions } from './options/read-options.js';
import { recovery } from './recovery/recovery.js';
import { writeResult } from './report/write-result.js';
import { servers } from './servers/servers.js';
import type { Scenario } from './scenario.js';
import { Leftovers } from './stage/leftovers.js';
import { start } from './start/start.js';
import { stream } from './stream/stream.js';
import { throughput } from './throughput/throughput.js';

const scenarios: readonly Scenario[] = [
  throughput,
  latency,
  isolation,
  attacks,
  servers,
  backlog,
  recovery,
  start,
  stream,
  growth,
  growthLayout,
];

const leftovers = new Leftovers();
process.on('exit', () => leftovers.clear());
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
const screen = new Screen({
  write: (text) => process.stdout.write(text),
  clock: systemClock,
  isTerminal: process.stdout.isTTY,
  inColour: process.stdout.isTTY && !process.env.NO_COLOR,
});

process.exitCode = await runBenchmark(process.argv.slice(2)).catch((error: unknown) => {
  screen.clearStatus();
  if (error instanceof OptionError) {
    console.error(`${error.message}\n\nnpm run bench -- --help tells what there is.`);
    return 2;
  }
  if (stopping.signal.aborted) {
    console.error('Stopped: there is no result.');
    return 130;
  }
  console.error(error);
  return 1;
});
// Whatever a library may still hold open is of no use to anybody.
process.exit();

/** Runs what the words ask for, and answers with the exit status. */
async function runBenchmark([name, ...words]: readonly string[]): Promise<number> {
  if ([name, ...words].includes('--help')) {
    console.log(helpText(scenarios));
    return 0;
  }
  const scenario = scenarios.find((known) => known.name === name);
  if (scenario === undefined) {
    const names = scenarios.map((known) => known.name).join(', ');
    throw new OptionError([`Expected a scenario (${names}), received ${name === undefined ? 'nothing' : JSON.stringify(name)}.`]);
  }
  const { values: settings, given } = readOptions(scenario.options, words);
  const settingFaults = scenario.findFaults(settings, given);
  if (settingFaults.length > 0) throw new OptionError(settingFaults);

  const measuredAt = new Date(systemClock.now());
  const machine = readMachine();
  screen.line(describeMachine(machine));
  const { lines, figures, faults } = await scenario.run(settings, { screen, signal: stopping.signal, leftovers });
  const isVoid = faults.length > 0;
  screen.lines(['', ...lines, '']);
  const result = { scenario: scenario.name, version: VERSION, measuredAt, machine, settings, isVoid, faults, ...figures };
  screen.line(`Written to ${await writeResult(settings.results, scenario.name, measuredAt, result)}`);
  if (!isVoid) return 0;
  screen.lines(['', screen.paint('red', 'VOID: these figures must not be used.'), ...faults.map((fault) => `- ${fault}`)]);
  return 1;
}
