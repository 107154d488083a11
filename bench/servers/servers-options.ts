import { choice, count, counts, folder, type ValuesOf } from '../options/option-rules.js';

export const serversOptions = {
  database: choice(['postgres', 'sqlite'], 'where the servers keep what they know'),
  servers: counts([1, 2, 3], [1, 8], 'how many servers share the database, one form after the other; SQLite has one server'),
  publish: choice(['single', 'bulk'], 'how events are published: each by a call of its own, or 100 a call'),
  events: count(10_000, [1, 10_000_000], 'how many events are published as fast as they are taken'),
  hooks: count(60, [1, 2000], 'how many hooks there are'),
  'fan-out': count(1, [1, 100], 'how many of the hooks each event goes to; as many make an organization'),
  publishers: count(16, [1, 128], 'how many calls that publish are under way at once, in turns over the servers'),
  warmup: count(500, [0, 1_000_000], 'how many events of the same kind come before, not measured'),
  rate: count(50, [1, 5000], 'events a second after that, which tell how soon a server hears of what another was asked'),
  seconds: count(5, [1, 3600], 'for how long they come'),
  rounds: count(1, [1, 100], 'how often each form is measured; the median is given'),
  results: folder('bench/results', 'where the result is written'),
};

export type ServersSettings = ValuesOf<typeof serversOptions>;

/** The forms that are measured, each by its count of servers. */
export function serverCountsOf({ database, servers }: Pick<ServersSettings, 'database' | 'servers'>): readonly number[] {
  return database === 'sqlite' ? [1] : servers;
}

/** What is wrong with settings that are right one by one, each a sentence. */
export function findServersFaults(settings: ServersSettings, given: ReadonlySet<string>): string[] {
  const { database, servers, hooks, 'fan-out': fanOut } = settings;
  const faults: string[] = [];
  if (database === 'sqlite' && given.has('servers') && servers.join() !== '1') {
    faults.push(`--servers: expected 1 with --database sqlite, received ${servers.join()}.`);
  }
  if (hooks % fanOut !== 0) faults.push(`--hooks: expected a multiple of --fan-out, which is ${fanOut}, received ${hooks}.`);
  return faults;
}
