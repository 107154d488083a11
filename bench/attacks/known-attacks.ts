import { once } from 'node:events';
import type { Attack, Ends, Victim } from './attack.js';
import { Connection } from './connection.js';
import { outcomeOf } from './outcome.js';

const MIB = 1024 * 1024;

/** A body in three pieces, of which the middle one comes many times. */
type Body = readonly [before: string, repeated: string, times: number, after: string];

/** Each is just below 16 MiB, the most that anybody may send. */
const bodies = {
  numbers: ['{"n":1.2345678901234567,"a":[', '0,', 8_000_000, '0]}'],
  objects: ['[', '{},', 5_500_000, '{}]'],
  depth: ['', '[', 16_000_000, ''],
  comments: ['{"query":"{ __typename } #', 'x', 16_000_000, '"}'],
  fieldName: ['{"query":"{ ', 'x', 16_000_000, ' }"}'],
} as const satisfies Record<string, Body>;

/** Who still sends when the connection is closed may lose what was answered. */
const CUT_SHORT = ['no answer'];

/** The bodies of one key that are on their way share a part of the memory for bodies; and who registers a schema that takes long has to wait before the next. */
const NO_ROOM = '503 OVERLOADED';

/** How many connections an attack has that needs several. */
const SEVERAL = 8;

/** How many connections ask for what they do not read, and for how much of it each, in bytes: more than operating systems keep. */
const UNREAD_COUNT = 200;
const UNREAD_BYTES = 16 * MIB;

/** More than may be tried at once from one address. */
const WRONG_KEY_COUNT = 60;

/** A text that this pattern takes longer for with each character, where it is matched by trying. */
const PATTERN = '^(a+)+$';
const TEXT = `${'a'.repeat(45)}!`;

/** Whether a payload fits is asked twice as often with each level. */
const LEVELS = 24;

/** What is done to a server by people without a key, and by those who have one. */
export const knownAttacks: readonly Attack[] = [
  {
    name: 'a body of numbers, without a key',
    refusals: ['401 UNAUTHENTICATED'],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.numbers),
  },
  {
    name: 'a body of empty objects, without a key',
    refusals: ['401 UNAUTHENTICATED'],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.objects),
  },
  {
    name: 'bodies that do not come, without a key',
    refusals: ['401 UNAUTHENTICATED'],
    round: (victim, ends) => several(() => announceBody(victim, ends, { key: undefined, sentBytes: 0 })),
  },
  {
    name: 'heads that do not end',
    refusals: ['408'],
    round: (victim, ends) =>
      several(() => exchange(victim, ends, (connection) => connection.send('POST /graphql HTTP/1.1\r\nHost: x\r\n'))),
  },
  {
    name: 'wrong keys',
    refusals: ['429 RATE_LIMITED'],
    beside: ['401 UNAUTHENTICATED'],
    round: tryKeys,
  },
  {
    name: 'answers that nobody reads',
    refusals: ['unread'],
    round: readNothing,
  },
  {
    name: 'bodies that do not come, with a key',
    refusals: ['408 REQUEST_TIMEOUT'],
    round: (victim, ends) => several(() => announceBody(victim, ends, { key: victim.keys.stall, sentBytes: 0 })),
  },
  {
    name: 'bodies that stop before their end, with a key',
    refusals: ['408 REQUEST_TIMEOUT', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => several(() => announceBody(victim, ends, { key: victim.keys.stall, sentBytes: 15 * MIB })),
  },
  {
    name: 'a body of 16 MiB, with a key that may not publish',
    refusals: ['413 PAYLOAD_TOO_LARGE'],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.comments, victim.keys.read),
  },
  {
    name: 'a body of numbers, with a key',
    refusals: ['400 BAD_USER_INPUT', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.numbers, victim.keys.publish),
  },
  {
    name: 'a body of empty objects, with a key',
    refusals: ['400 BAD_USER_INPUT', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.objects, victim.keys.publish),
  },
  {
    name: 'a body of lists in each other, with a key',
    refusals: ['400 BAD_USER_INPUT', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.depth, victim.keys.publish),
  },
  {
    name: 'a text of comments, with a key',
    refusals: ['400 QUERY_TOO_COSTLY', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.comments, victim.keys.publish),
  },
  {
    name: 'a name of 16 MB, with a key',
    refusals: ['400 QUERY_TOO_COSTLY', NO_ROOM],
    beside: CUT_SHORT,
    round: (victim, ends) => sendBody(victim, ends, bodies.fieldName, victim.keys.publish),
  },
  {
    name: 'a name of 60 kB, with a key',
    refusals: ['400 GRAPHQL_VALIDATION_FAILED', NO_ROOM],
    round: (victim, ends) => sendBody(victim, ends, ['{"query":"{ ', 'x', 60_000, ' }"}'], victim.keys.publish),
  },
  {
    name: 'a pattern that backtracks',
    refusals: ['200 BAD_USER_INPUT', NO_ROOM],
    beside: ['200'],
    async round(victim, ends) {
      const registered = await registerType(victim, ends, { name: 'backtracking', schema: { pattern: PATTERN } });
      const query = 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { duplicate } }';
      const input = { organizationId: victim.organizationId, type: 'backtracking', payload: TEXT };
      const published = await ask(victim, ends, victim.keys.publish, { query, variables: { input } });
      return [...registered, ...published];
    },
  },
  {
    name: 'a schema of 10,000 properties',
    refusals: ['200', '200 BAD_USER_INPUT', NO_ROOM],
    round(victim, ends) {
      const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, { minimum: index }]));
      return registerType(victim, ends, { name: 'large', schema: { properties } });
    },
  },
  {
    name: 'a schema that is held against a payload for ever',
    refusals: ['200 BAD_USER_INPUT', NO_ROOM],
    round(victim, ends) {
      const twice = (level: number) => ({ allOf: [{ $ref: `#/$defs/level${level}` }, { $ref: `#/$defs/level${level}` }] });
      const levels = Array.from({ length: LEVELS }, (_, level) => [`level${level}`, level === 0 ? { minimum: 1 } : twice(level - 1)]);
      return registerType(victim, ends, {
        name: 'endless',
        schema: { $defs: Object.fromEntries(levels), ...twice(LEVELS - 1) },
        example: 2,
      });
    },
  },
];

async function several(act: () => Promise<readonly string[]>): Promise<readonly string[]> {
  return (await Promise.all(Array.from({ length: SEVERAL }, act))).flat();
}

/** Has a connection do something and answers with what comes of it. */
async function exchange({ url }: Victim, { signal }: Ends, act: (connection: Connection) => Promise<void>): Promise<readonly string[]> {
  using connection = await Connection.open(url, signal);
  await act(connection);
  return [outcomeOf(await connection.answer())];
}

function sendBody(victim: Victim, ends: Ends, [before, repeated, times, after]: Body, key?: string): Promise<readonly string[]> {
  return exchange(victim, ends, async (connection) => {
    await connection.send(headOf(before.length + repeated.length * times + after.length, key) + before);
    await connection.send(repeated, times);
    await connection.send(after);
  });
}

/** Announces 16 MiB and sends part of them. */
function announceBody(
  victim: Victim,
  ends: Ends,
  { key, sentBytes }: { key: string | undefined; sentBytes: number },
): Promise<readonly string[]> {
  return exchange(victim, ends, async (connection) => {
    await connection.send(headOf(16 * MIB, key));
    await connection.send(' ', sentBytes);
  });
}

function registerType(victim: Victim, ends: Ends, type: Record<string, unknown>): Promise<readonly string[]> {
  const query = 'mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { id } }';
  return ask(victim, ends, victim.keys.manage, { query, variables: { input: { organizationId: victim.organizationId, ...type } } });
}

function ask(victim: Victim, ends: Ends, key: string, body: object): Promise<readonly string[]> {
  const text = JSON.stringify(body);
  return exchange(victim, ends, (connection) => connection.send(headOf(Buffer.byteLength(text), key) + text));
}

async function tryKeys({ url }: Victim, { signal }: Ends): Promise<readonly string[]> {
  using connection = await Connection.open(url, signal);
  const outcomes: string[] = [];
  while (outcomes.length < WRONG_KEY_COUNT) {
    await connection.send(`${headOf(2, crypto.randomUUID())}{}`);
    outcomes.push(outcomeOf(await connection.answer()));
  }
  return outcomes;
}

/** Asks for the largest thing that there is without a key, over many connections and several times on each, and reads nothing of it. */
async function readNothing({ url }: Victim, { signal, enough }: Ends): Promise<readonly string[]> {
  const { path, length } = await findLargestFile(url, signal);
  const requests = pageRequest(path).repeat(Math.ceil(UNREAD_BYTES / length));
  const connections = await Promise.all(Array.from({ length: UNREAD_COUNT }, () => Connection.open(url, signal)));
  using stack = new DisposableStack();
  for (const connection of connections) stack.use(connection).sendOnly(requests);
  if (!enough.aborted) await once(enough, 'abort');
  return connections.map(() => 'unread');
}

function pageRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n`;
}

const PAGE_PATH = '/graphql';

/** The page for browsers, or the largest of the files that it names. */
async function findLargestFile(url: string, signal: AbortSignal): Promise<{ path: string; length: number }> {
  const page = await askForFile(url, PAGE_PATH, signal);
  const paths = [...page.text.matchAll(/(?:src|href)="(\.?\/[^"]+)"/g)].map(([, path]) => new URL(path!, url + PAGE_PATH).pathname);
  const files = [page, ...(await Promise.all(paths.map((path) => askForFile(url, path, signal))))];
  return files.reduce((largest, file) => (file.length > largest.length ? file : largest));
}

async function askForFile(url: string, path: string, signal: AbortSignal): Promise<{ path: string; length: number; text: string }> {
  using connection = await Connection.open(url, signal);
  await connection.send(pageRequest(path));
  const text = await connection.answer();
  return { path, length: text.length, text };
}

function headOf(length: number, key: string | undefined): string {
  const authorization = key === undefined ? '' : `Authorization: Bearer ${key}\r\n`;
  return `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${authorization}Content-Length: ${length}\r\n\r\n`;
}
