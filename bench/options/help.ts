import type { Scenario } from '../scenario.js';

/** How the benchmark is called: every scenario with its options and their defaults. */
export function helpText(scenarios: readonly Scenario[]): string {
  return [
    'Measures Hookgraph as its users run it, the built server, a receiver and a load generator each a process of its own; or its tables alone.',
    '',
    '  npm run bench -- <scenario> [options]',
    ...scenarios.flatMap(({ name, summary, options }) => ['', `${name}: ${summary}`, '', ...optionLines(options)]),
    '',
    'Exit status: 0 when the figures may be used, 1 when a run is void or broke, 2 when an option is wrong, 130 when stopped.',
  ].join('\n');
}

function optionLines(options: Scenario['options']): string[] {
  const rows = Object.entries(options).map(([name, rule]) => ({ left: `--${name} ${rule.shape}`, rule }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, rule }) => `  ${left.padEnd(width)}  ${rule.explains} (${rule.defaultShown ?? String(rule.byDefault)})`);
}
