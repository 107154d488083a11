import type { Screen } from '../demo/screen.js';
import type { OptionRule, OptionRules, ValuesOf } from './options/option-rules.js';
import type { Leftovers } from './stage/leftovers.js';

/** What a scenario is given beside its settings. */
export interface Surroundings {
  screen: Screen;
  /** Aborted when a person stops the benchmark; whatever waits ends with it. */
  signal: AbortSignal;
  leftovers: Leftovers;
}

/** What a scenario found. */
export interface Report {
  /** For people. */
  lines: readonly string[];
  /** For machines: goes into the file of the result as it is. */
  figures: Readonly<Record<string, unknown>>;
  /** Why the figures must not be used, each a sentence; empty when they may be. */
  faults: readonly string[];
}

/** Every scenario says where its result goes. */
export type ScenarioRules = OptionRules & { results: OptionRule<string> };

/** One question that the benchmark answers. */
export interface Scenario<Rules extends ScenarioRules = ScenarioRules> {
  /** As it is typed. */
  name: string;
  /** The question, in a line. */
  summary: string;
  options: Rules;
  /** What is wrong with settings that are right one by one, each a sentence; `given` has the names of the options that were typed. */
  findFaults(settings: ValuesOf<Rules>, given: ReadonlySet<string>): string[];
  /** Measures. Throws when the machinery breaks or `signal` is aborted; figures that can't be trusted are a fault in the report. */
  run(settings: ValuesOf<Rules>, surroundings: Surroundings): Promise<Report>;
}
