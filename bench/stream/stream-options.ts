import { choice, count, folder, type OptionRule, type ValuesOf } from '../options/option-rules.js';
import { readOpenFileLimit } from '../stage/open-file-limit.js';

/** So many organizations, each watched by so many subscribers. */
export interface Form {
  organizationCount: number;
  subscribersEach: number;
}

const LIMIT = 100_000;

const forms: OptionRule<readonly Form[]> = {
  shape: '<organizations>x<subscribers>,…',
  explains: 'how many organizations there are and how many subscribers watch each, one form after the other',
  byDefault: [
    { organizationCount: 1, subscribersEach: 1000 },
    { organizationCount: 1000, subscribersEach: 10 },
  ],
  defaultShown: '1x1000,1000x10',
  expected: `pairs such as 1x1000 of whole numbers from 1, at most ${LIMIT} subscribers in all, none twice, with commas between`,
  read(text) {
    const parts = text.split(',');
    const read = parts.map((part) => /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(part));
    if (read.includes(null) || new Set(parts).size < parts.length) return undefined;
    const pairs = read.map((pair) => ({ organizationCount: Number(pair![1]), subscribersEach: Number(pair![2]) }));
    return pairs.every((form) => subscriberCountOf(form) <= LIMIT) ? pairs : undefined;
  },
};

export const streamOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  forms,
  rate: count(20, [1, 5000], 'events a second, in turns over the organizations; each is noticed by all who watch its organization'),
  seconds: count(10, [1, 3600], 'for how long they come, first with nobody watching, then with everybody'),
  warmup: count(500, [0, 1_000_000], 'how many events come before, as fast as they are taken, not measured'),
  'per-socket': count(1, [1, 1000], 'how many subscribers share a socket'),
  results: folder('bench/results', 'where the result is written'),
};

export type StreamSettings = ValuesOf<typeof streamOptions>;

export function subscriberCountOf({ organizationCount, subscribersEach }: Form): number {
  return organizationCount * subscribersEach;
}

/** As it is typed. */
export function nameOf({ organizationCount, subscribersEach }: Form): string {
  return `${organizationCount}x${subscribersEach}`;
}

/** Files that the server has open beside the sockets of its subscribers, and the receiver beside its ports, with room to spare. */
const OTHER_FILES = 500;

/** What is wrong with settings that are right one by one, each a sentence; `fileLimit` is what a process may have open, null where it is not known. */
export function findStreamFaults(
  settings: StreamSettings,
  _given: ReadonlySet<string>,
  fileLimit: number | null = readOpenFileLimit(),
): string[] {
  if (fileLimit === null) return [];
  return settings.forms.flatMap((form) => {
    const socketCount = Math.ceil(subscriberCountOf(form) / settings['per-socket']);
    // The receiver has a port for each organization, and the server's connections to it.
    const needed = Math.max(socketCount + form.organizationCount, 2 * form.organizationCount) + OTHER_FILES;
    return needed <= fileLimit
      ? []
      : [
          `--forms: ${nameOf(form)} takes ${needed} open files in a process, and the system allows ${fileLimit}: raise it, or --per-socket.`,
        ];
  });
}
