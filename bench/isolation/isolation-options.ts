import { choice, count, folder, type ValuesOf } from '../options/option-rules.js';

export const isolationOptions = {
  form: choice(['hanging', 'backlog'], 'what troubles the server: some hooks hang, or one dead hook has a backlog'),
  hooks: count(50, [2, 500], 'how many hooks the load goes to, each of an organization of its own'),
  rate: count(300, [1, 5000], 'events a second, in turns over the hooks'),
  seconds: count(20, [1, 3600], 'how long a run is measured'),
  warmup: count(3, [0, 600], 'how many seconds of the same load come before, not measured'),
  rounds: count(3, [1, 100], 'how many runs of each kind, in turns'),
  hanging: count(20, [1, 99], 'how many percent of the hooks hang; with --form hanging'),
  due: count(100_000, [1, 10_000_000], 'how many deliveries are due to the dead hook; with --form backlog'),
  dead: choice(['hanging', 'refused'], 'what the dead hook does while it is measured; with --form backlog'),
  results: folder('bench/results', 'where the result is written'),
};

export type IsolationSettings = ValuesOf<typeof isolationOptions>;

/** The options that belong to one form alone. */
const FORM_OF = { hanging: 'hanging', due: 'backlog', dead: 'backlog' } as const;

/** What is wrong with settings that are right one by one, each a sentence. */
export function findIsolationFaults(settings: IsolationSettings, given: ReadonlySet<string>): string[] {
  const { form, hooks, hanging, rate, seconds } = settings;
  const strangers = Object.entries(FORM_OF).filter(([name, owner]) => given.has(name) && owner !== form);
  const faults = strangers.map(([name, owner]) => `--${name} belongs to --form ${owner}, received --form ${form}.`);
  const hangingCount = hangingCountOf(settings);
  if (form === 'hanging' && (hangingCount === 0 || hangingCount === hooks)) {
    faults.push(`--hanging: expected some hooks to hang and some to be healthy, received ${hanging} % of ${hooks} hooks.`);
  }
  if (rate * seconds < hooks)
    faults.push(`--rate: expected at least one event for each of ${hooks} hooks, received ${rate * seconds} events in all.`);
  return faults;
}

/** How many hooks hang, to the nearest whole one. */
export function hangingCountOf({ hooks, hanging }: Pick<IsolationSettings, 'hooks' | 'hanging'>): number {
  return Math.round((hooks * hanging) / 100);
}
