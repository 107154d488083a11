import { parseArgs } from 'node:util';
import type { OptionRules, ValuesOf } from './option-rules.js';

/** The faults of what was typed, all of them, each a sentence. */
export class OptionError extends Error {
  override readonly name = 'OptionError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

export interface ReadOptions<Rules extends OptionRules> {
  values: ValuesOf<Rules>;
  /** The names of those that were typed. */
  given: ReadonlySet<string>;
}

/** Reads words such as `--rate 300` or `--rate=300`; what is not given has its default. Throws one `OptionError` that tells every fault at once. */
export function readOptions<Rules extends OptionRules>(rules: Rules, words: readonly string[]): ReadOptions<Rules> {
  const options = Object.fromEntries(Object.keys(rules).map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const values = Object.fromEntries(Object.entries(rules).map(([name, { byDefault }]) => [name, byDefault]));
  const given = new Set<string>();
  const faults: string[] = [];

  let isAfterUnknown = false;
  for (const token of tokens) {
    // What stands behind an unknown option is its value, and no fault of its own.
    if (token.kind === 'positional' && !isAfterUnknown) faults.push(`Expected only options, received ${JSON.stringify(token.value)}.`);
    isAfterUnknown = token.kind === 'option' && !Object.hasOwn(rules, token.name);
    if (token.kind !== 'option') continue;
    const { name, rawName, value: text } = token;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      faults.push(`There is no option ${rawName}; there are ${namesOf(rules)}.`);
      continue;
    }
    const value = text === undefined ? undefined : rule.read(text);
    if (given.has(name)) faults.push(`${rawName} is given twice.`);
    else if (value === undefined) faults.push(`${rawName}: expected ${rule.expected}, received ${received(text)}.`);
    given.add(name);
    values[name] = value;
  }

  if (faults.length > 0) throw new OptionError(faults);
  return { values: values as ValuesOf<Rules>, given };
}

function namesOf(rules: OptionRules): string {
  return Object.keys(rules)
    .map((name) => `--${name}`)
    .join(', ');
}

function received(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text);
}
