import { systemClock } from '../src/clock.js';
import { ConfigError } from '../src/config.js';
import { systemRandom } from '../src/random.js';
import { runDemo } from './run-demo.js';
import { Screen } from './screen.js';
import { PortTakenError } from './start-hookgraph.js';

/** Past this something hangs that should not; the demo ends all the same. */
const PATIENCE_MS = 45_000;

const words = process.argv.slice(2);
const once = words.includes('--once');
const unknown = words.find((word) => word !== '--once');
if (unknown !== undefined) {
  console.error(
    `Expected nothing or --once, received ${unknown}.\n\n  npm run demo\n  npm run demo -- --once    ends by itself; exit status 0 when all was delivered`,
  );
  process.exit(2);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

if (once) {
  systemClock.after(PATIENCE_MS, () => {
    console.error('The demo did not come to its end.');
    process.exit(1);
  });
}

const isTerminal = process.stdout.isTTY;
const screen = new Screen({
  write: (text) => process.stdout.write(text),
  clock: systemClock,
  isTerminal,
  inColour: isTerminal && !process.env.NO_COLOR,
});

try {
  const outside = { clock: systemClock, random: systemRandom, port: process.env.PORT };
  process.exitCode = await runDemo({ ...outside, screen, once, signal: stopping.signal });
} catch (error) {
  screen.clearStatus();
  console.error(error instanceof PortTakenError || error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
// Whatever a library may still hold open is of no use to anybody.
process.exit();
