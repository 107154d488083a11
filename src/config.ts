import { z } from 'zod';
import { parseDuration } from './duration.js';
import { describeWrongKeys, readEncryptionKeys } from './encryption-keys.js';
import type { LogLevel } from './log.js';
import { StartupError } from './startup-error.js';

/** All the settings, read once at start and never changed. `.env.example` explains each; a test compares the two. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of a PostgreSQL database; undefined for SQLite in the data folder. */
  readonly databaseUrl: string | undefined;
  /** How many connections one server has to PostgreSQL at most, beside the one that listens. */
  readonly databasePoolSize: number;
  /** How long PostgreSQL may take for a statement, in milliseconds. */
  readonly databaseStatementTimeoutMs: number;
  /** How servers of one database learn of each other's doings: at once, or by looking, as a transaction pooler wants it. */
  readonly databaseNotifications: 'listen' | 'poll';
  /** How often a server looks for what it was not told of, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Which part of the work this server does. */
  readonly role: Role;
  /** How long the hooks of a server that has died wait until another takes them over, in milliseconds, at most. */
  readonly takeoverAfterMs: number;
  /** Undefined: kept in the data folder, made at first start. */
  readonly adminApiKey: string | undefined;
  /** The ring by which secrets are sealed, the key that seals first. Empty: a key is kept in the data folder, made at first start. */
  readonly encryptionKeys: readonly Buffer[];
  /** Whether payloads are sealed where they are stored. */
  readonly encryptPayloads: boolean;
  /** The waits before the second, third, … attempt, in milliseconds. */
  readonly retryScheduleMs: readonly number[];
  /** For a whole attempt, from fetching a token to the end of the answer, in milliseconds. */
  readonly attemptTimeoutMs: number;
  /** How many attempts are on the wire at once, at most. */
  readonly inFlightLimit: number;
  /** How long every attempt of a hook may fail before it is switched off, in milliseconds. */
  readonly disableAfterMs: number;
  /** How long a stop waits for the attempts in flight, in milliseconds. */
  readonly shutdownTimeoutMs: number;
  /** How long events are kept, with their deliveries and attempts, in milliseconds; those with an open delivery for longer. */
  readonly retentionMs: number;
  /** How long it is kept who changed what, in milliseconds. */
  readonly auditRetentionMs: number;
  /** CIDR ranges that requests may go to although the address rules forbid them. */
  readonly dangerouslyAllowedAddresses: readonly string[];
  /** Whether requests go by https alone, token requests included. */
  readonly isHttpsOnly: boolean;
  /** CIDR ranges of proxies that are believed when they tell whom a request came from. */
  readonly trustedProxies: readonly string[];
  /** Whether callers may ask for the schema, and are told what a wrong name may have been meant for. */
  readonly introspection: boolean;
  /** Whether browsers are given GraphiQL. Without introspection they are not: it would know nothing of the API. */
  readonly graphiql: boolean;
  /** How many connections one server has at most, WebSockets included. */
  readonly connectionLimit: number;
  /** What the bodies of requests that are not answered yet may come to, in MiB. */
  readonly bodiesLimitMib: number;
  /** How many events may wait to be written at most. */
  readonly waitingEventsLimit: number;
  /** How often one API key, or stream token, may ask one server; 0 for as often as it likes. */
  readonly requestsPerSecondPerKey: number;
  /** How many WebSockets one API key may have open at one server, with the tokens that were made with it. */
  readonly socketsPerKey: number;
  /** How many subscriptions one API key may have open at one server, with the tokens that were made with it. */
  readonly subscriptionsPerKey: number;
  /** How many subscriptions one server has open at most. */
  readonly subscriptionLimit: number;
  /** Origins whose pages may call the API: a list, or every one. */
  readonly corsOrigins: readonly string[] | '*';
  readonly logLevel: LogLevel;
}

/** `api` answers GraphQL and publishes, `dispatcher` sends; `all` does both. */
export type Role = 'all' | 'api' | 'dispatcher';

/** The faults of the environment, all of them, each a sentence. */
export class ConfigError extends StartupError {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
  }
}

/** What an admin key is, wherever it is kept. */
export const ADMIN_KEY = /^[\x21-\x7e]{16,512}$/;
export const ADMIN_KEY_FORM = 'at least 16 visible ASCII characters without spaces';

/** Standard Webhooks' advice for retries, which the default schedule follows: https://www.standardwebhooks.com. */
const STANDARD_SCHEDULE = '5s,5m,30m,2h,5h,10h,14h,20h,24h';

const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z.string().refine(isPostgresUrl, 'expected postgres://user:password@host:port/database').optional(),
  DATABASE_POOL_SIZE: wholeNumber(2, 1000).default(10),
  DATABASE_STATEMENT_TIMEOUT: duration('100ms', '10m').default(10_000),
  DATABASE_NOTIFICATIONS: z.enum(['listen', 'poll']).default('listen'),
  POLL_INTERVAL: duration('10ms', '1m').default(1000),
  ROLE: z.enum(['all', 'api', 'dispatcher']).default('all'),
  TAKEOVER_AFTER: duration('1s', '10m').default(10_000),
  ADMIN_API_KEY: z.string().regex(ADMIN_KEY, `expected ${ADMIN_KEY_FORM}`).optional(),
  ENCRYPTION_KEYS: z.string().transform(encryptionKeys).default([]),
  ENCRYPT_PAYLOADS: flag(false),
  RETRY_SCHEDULE: z
    .string()
    .transform(schedule)
    .default(STANDARD_SCHEDULE.split(',').map((step) => parseDuration(step)!)),
  ATTEMPT_TIMEOUT: duration('1ms', '10m').default(15_000),
  IN_FLIGHT_LIMIT: wholeNumber(1, 10_000).default(512),
  DISABLE_FAILING_AFTER: duration('1s', '365d').default(5 * 86_400_000),
  SHUTDOWN_TIMEOUT: duration('0ms', '10m').default(20_000),
  RETENTION: duration('1m', '3650d').default(parseDuration('30d')!),
  AUDIT_RETENTION: duration('1m', '3650d').default(parseDuration('365d')!),
  DANGEROUSLY_ALLOWED_ADDRESSES: ranges('127.0.0.0/8,::1/128'),
  HTTPS_ONLY: flag(false),
  TRUSTED_PROXIES: ranges('10.0.0.0/8,fd00::/8'),
  REQUESTS_PER_SECOND_PER_KEY: wholeNumber(0, 1_000_000).default(1000),
  SOCKETS_PER_KEY: wholeNumber(1, 1_000_000).default(1000),
  SUBSCRIPTIONS_PER_KEY: wholeNumber(1, 1_000_000).default(5000),
  SUBSCRIPTION_LIMIT: wholeNumber(1, 1_000_000).default(20_000),
  INTROSPECTION: flag(true),
  GRAPHIQL: flag(true),
  CONNECTION_LIMIT: wholeNumber(1, 1_000_000).default(10_000),
  WAITING_EVENTS_LIMIT: wholeNumber(1, 10_000_000).default(10_000),
  BODIES_LIMIT_MIB: wholeNumber(1, 1_000_000).default(128),
  CORS_ORIGINS: z.string().transform(origins).default([]),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** Of which an error repeats nothing. */
const secretNames = new Set(['ADMIN_API_KEY', 'DATABASE_URL', 'ENCRYPTION_KEYS']);

/** The names of all settings. */
export const settingNames = Object.keys(settings.shape);

/** Reads the settings from the environment. An empty value counts as absent. Throws one `ConfigError` that tells every fault at once. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(settingNames.map((name) => [name, environment[name] === '' ? undefined : environment[name]]));
  const read = settings.safeParse(given);
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        const described = issue.code === 'custom' ? (issue.params?.received as string | undefined) : undefined;
        const received = described ?? (secretNames.has(name) ? 'something else' : JSON.stringify(given[name]));
        return `${name}: ${issue.message}, received ${received}`;
      }),
    );
  }
  const value = read.data;
  const faults = findSharingFaults(value);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze({
    host: value.HOST,
    port: value.PORT,
    dataDir: value.DATA_DIR,
    databaseUrl: value.DATABASE_URL,
    databasePoolSize: value.DATABASE_POOL_SIZE,
    databaseStatementTimeoutMs: value.DATABASE_STATEMENT_TIMEOUT,
    databaseNotifications: value.DATABASE_NOTIFICATIONS,
    pollIntervalMs: value.POLL_INTERVAL,
    role: value.ROLE,
    takeoverAfterMs: value.TAKEOVER_AFTER,
    adminApiKey: value.ADMIN_API_KEY,
    encryptionKeys: Object.freeze(value.ENCRYPTION_KEYS),
    encryptPayloads: value.ENCRYPT_PAYLOADS,
    retryScheduleMs: Object.freeze(value.RETRY_SCHEDULE),
    attemptTimeoutMs: value.ATTEMPT_TIMEOUT,
    inFlightLimit: value.IN_FLIGHT_LIMIT,
    disableAfterMs: value.DISABLE_FAILING_AFTER,
    shutdownTimeoutMs: value.SHUTDOWN_TIMEOUT,
    retentionMs: value.RETENTION,
    auditRetentionMs: value.AUDIT_RETENTION,
    dangerouslyAllowedAddresses: Object.freeze(value.DANGEROUSLY_ALLOWED_ADDRESSES),
    isHttpsOnly: value.HTTPS_ONLY,
    trustedProxies: Object.freeze(value.TRUSTED_PROXIES),
    introspection: value.INTROSPECTION,
    graphiql: value.GRAPHIQL,
    connectionLimit: value.CONNECTION_LIMIT,
    bodiesLimitMib: value.BODIES_LIMIT_MIB,
    waitingEventsLimit: value.WAITING_EVENTS_LIMIT,
    requestsPerSecondPerKey: value.REQUESTS_PER_SECOND_PER_KEY,
    socketsPerKey: value.SOCKETS_PER_KEY,
    subscriptionsPerKey: value.SUBSCRIPTIONS_PER_KEY,
    subscriptionLimit: value.SUBSCRIPTION_LIMIT,
    corsOrigins: value.CORS_ORIGINS,
    logLevel: value.LOG_LEVEL,
  });
}

/** What has a sense only where several servers share a database, and what they must share then. */
function findSharingFaults({ DATABASE_URL, ROLE, ADMIN_API_KEY, ENCRYPTION_KEYS }: z.infer<typeof settings>): string[] {
  if (DATABASE_URL === undefined) {
    return ROLE === 'all' ? [] : [`ROLE: expected all, since there is one server on SQLite (DATABASE_URL is not set), received "${ROLE}"`];
  }
  const missing = [
    ...(ADMIN_API_KEY === undefined && ROLE !== 'dispatcher' ? ['ADMIN_API_KEY'] : []),
    ...(ENCRYPTION_KEYS.length === 0 ? ['ENCRYPTION_KEYS'] : []),
  ];
  return missing.map((name) => `${name}: expected a key, since the servers of a PostgreSQL database share it, received nothing`);
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol) && new URL(text).pathname.length > 1;
}

function wholeNumber(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .pipe(z.number().min(least, expected).max(most, expected));
}

/** On unless it is said. */
function flag(byDefault: boolean) {
  return z
    .enum(['true', 'false'], 'expected true or false')
    .transform((word) => word === 'true')
    .default(byDefault);
}

function duration(least: string, most: string) {
  const expected = `expected a duration such as 250ms, 5s, 30m, 2h or 1d, from ${least} to ${most}`;
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= parseDuration(least)! && ms <= parseDuration(most)!) return ms;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

function ranges(example: string) {
  return z
    .string()
    .transform(list)
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], `expected CIDR ranges such as ${example}`)))
    .default([]);
}

/** At most 50 retries, each at most 30 days after the one before. */
function schedule(text: string, context: z.RefinementCtx<string>): number[] {
  const steps = list(text).map(parseDuration);
  if (steps.length <= 50 && steps.every((step) => step !== undefined && step <= parseDuration('30d')!)) return steps as number[];
  context.addIssue({ code: 'custom', message: 'expected at most 50 durations of at most 30d, such as 5s,5m,30m,2h' });
  return z.NEVER;
}

function encryptionKeys(text: string, context: z.RefinementCtx<string>): readonly Buffer[] {
  const keys = readEncryptionKeys(text);
  if (keys !== undefined) return keys;
  const expected = 'expected keys of 32 random bytes in base64, each once, with commas (openssl rand -base64 32 makes one)';
  context.addIssue({ code: 'custom', message: expected, params: { received: describeWrongKeys(text) } });
  return z.NEVER;
}

function origins(text: string, context: z.RefinementCtx<string>): readonly string[] | '*' {
  if (text.trim() === '*') return '*';
  const named = list(text);
  if (named.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) return named;
  context.addIssue({ code: 'custom', message: 'expected * or origins such as https://dashboard.example.com, without a path' });
  return z.NEVER;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
