import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, readConfig, settingNames } from '../src/config.js';

const good: Array<[setting: string, value: string, read: Partial<Config>]> = [
  ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
  ['PORT', '0', { port: 0 }],
  ['PORT', '65535', { port: 65_535 }],
  ['DATA_DIR', '/var/lib/hookgraph', { dataDir: '/var/lib/hookgraph' }],
  ['DATABASE_POOL_SIZE', '2', { databasePoolSize: 2 }],
  ['DATABASE_POOL_SIZE', '1000', { databasePoolSize: 1000 }],
  ['DATABASE_STATEMENT_TIMEOUT', '100ms', { databaseStatementTimeoutMs: 100 }],
  ['DATABASE_NOTIFICATIONS', 'poll', { databaseNotifications: 'poll' }],
  ['POLL_INTERVAL', '10ms', { pollIntervalMs: 10 }],
  ['ROLE', 'all', { role: 'all' }],
  ['TAKEOVER_AFTER', '1s', { takeoverAfterMs: 1000 }],
  ['ADMIN_API_KEY', '0123456789abcdef', { adminApiKey: '0123456789abcdef' }],
  ['ENCRYPTION_KEYS', Buffer.alloc(32, 1).toString('base64'), { encryptionKeys: [Buffer.alloc(32, 1)] }],
  [
    'ENCRYPTION_KEYS',
    ` ${Buffer.alloc(32, 1).toString('base64')}, ${Buffer.alloc(32, 2).toString('base64')} `,
    { encryptionKeys: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] },
  ],
  ['ENCRYPT_PAYLOADS', 'true', { encryptPayloads: true }],
  ['ENCRYPT_PAYLOADS', 'false', { encryptPayloads: false }],
  ['RETRY_SCHEDULE', '250ms, 5s,2h', { retryScheduleMs: [250, 5000, 7_200_000] }],
  ['RETRY_SCHEDULE', '30d', { retryScheduleMs: [2_592_000_000] }],
  ['RETRY_SCHEDULE', ',', { retryScheduleMs: [] }],
  ['ATTEMPT_TIMEOUT', '1ms', { attemptTimeoutMs: 1 }],
  ['ATTEMPT_TIMEOUT', '10m', { attemptTimeoutMs: 600_000 }],
  ['SHUTDOWN_TIMEOUT', '0s', { shutdownTimeoutMs: 0 }],
  ['RETENTION', '1m', { retentionMs: 60_000 }],
  ['RETENTION', '3650d', { retentionMs: 315_360_000_000 }],
  ['AUDIT_RETENTION', '1m', { auditRetentionMs: 60_000 }],
  ['AUDIT_RETENTION', '3650d', { auditRetentionMs: 315_360_000_000 }],
  ['DANGEROUSLY_ALLOWED_ADDRESSES', '127.0.0.0/8, ::1/128', { dangerouslyAllowedAddresses: ['127.0.0.0/8', '::1/128'] }],
  ['HTTPS_ONLY', 'true', { isHttpsOnly: true }],
  ['HTTPS_ONLY', 'false', { isHttpsOnly: false }],
  ['TRUSTED_PROXIES', '10.0.0.0/8, ::1/128', { trustedProxies: ['10.0.0.0/8', '::1/128'] }],
  ['CORS_ORIGINS', '*', { corsOrigins: '*' }],
  ['CORS_ORIGINS', ' https://a.example , http://localhost:3000, ', { corsOrigins: ['https://a.example', 'http://localhost:3000'] }],
  ['CORS_ORIGINS', 'https://a.example,http://localhost:3000', { corsOrigins: ['https://a.example', 'http://localhost:3000'] }],
  ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
];

const bad: Array<[setting: string, value: string, sentence: string]> = [
  ['PORT', '65536', 'PORT: expected a whole number from 0 to 65535, received "65536"'],
  ['PORT', '-1', 'PORT: expected a whole number from 0 to 65535, received "-1"'],
  ['PORT', '4e3', 'PORT: expected a whole number from 0 to 65535, received "4e3"'],
  ['DATABASE_POOL_SIZE', '1', 'DATABASE_POOL_SIZE: expected a whole number from 2 to 1000, received "1"'],
  ['DATABASE_POOL_SIZE', '1001', 'DATABASE_POOL_SIZE: expected a whole number from 2 to 1000, received "1001"'],
  [
    'DATABASE_STATEMENT_TIMEOUT',
    '99ms',
    'DATABASE_STATEMENT_TIMEOUT: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 100ms to 10m, received "99ms"',
  ],
  ['DATABASE_NOTIFICATIONS', 'never', 'DATABASE_NOTIFICATIONS: Invalid option: expected one of "listen"|"poll", received "never"'],
  ['POLL_INTERVAL', '9ms', 'POLL_INTERVAL: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 10ms to 1m, received "9ms"'],
  ['ROLE', 'leader', 'ROLE: Invalid option: expected one of "all"|"api"|"dispatcher", received "leader"'],
  ['ROLE', 'api', 'ROLE: expected all, since there is one server on SQLite (DATABASE_URL is not set), received "api"'],
  ['ROLE', 'dispatcher', 'ROLE: expected all, since there is one server on SQLite (DATABASE_URL is not set), received "dispatcher"'],
  ['TAKEOVER_AFTER', '999ms', 'TAKEOVER_AFTER: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1s to 10m, received "999ms"'],
  ['ENCRYPT_PAYLOADS', 'yes', 'ENCRYPT_PAYLOADS: expected true or false, received "yes"'],
  ['ATTEMPT_TIMEOUT', '15', 'ATTEMPT_TIMEOUT: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1ms to 10m, received "15"'],
  ['ATTEMPT_TIMEOUT', '0s', 'ATTEMPT_TIMEOUT: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1ms to 10m, received "0s"'],
  ['SHUTDOWN_TIMEOUT', '11m', 'SHUTDOWN_TIMEOUT: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 0ms to 10m, received "11m"'],
  ['RETENTION', '59s', 'RETENTION: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1m to 3650d, received "59s"'],
  ['AUDIT_RETENTION', '59s', 'AUDIT_RETENTION: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1m to 3650d, received "59s"'],
  ['RETENTION', '3651d', 'RETENTION: expected a duration such as 250ms, 5s, 30m, 2h or 1d, from 1m to 3650d, received "3651d"'],
  ['RETRY_SCHEDULE', '5s,soon', 'RETRY_SCHEDULE: expected at most 50 durations of at most 30d, such as 5s,5m,30m,2h, received "5s,soon"'],
  ['RETRY_SCHEDULE', '31d', 'RETRY_SCHEDULE: expected at most 50 durations of at most 30d, such as 5s,5m,30m,2h, received "31d"'],
  [
    'DANGEROUSLY_ALLOWED_ADDRESSES',
    'localhost',
    'DANGEROUSLY_ALLOWED_ADDRESSES: expected CIDR ranges such as 127.0.0.0/8,::1/128, received "localhost"',
  ],
  ['HTTPS_ONLY', 'yes', 'HTTPS_ONLY: expected true or false, received "yes"'],
  [
    'CORS_ORIGINS',
    'https://a.example/path',
    'CORS_ORIGINS: expected * or origins such as https://dashboard.example.com, without a path, received "https://a.example/path"',
  ],
];

const KEY = '0123456789abcdef';
const URL_OF_ONE = 'postgresql://user:password@db.example/hookgraph';
const RING = Buffer.alloc(32, 1).toString('base64');
const NO_KEY = 'ADMIN_API_KEY: expected a key, since the servers of a PostgreSQL database share it, received nothing';
const NO_RING = 'ENCRYPTION_KEYS: expected a key, since the servers of a PostgreSQL database share it, received nothing';

describe('readConfig', () => {
  it.each(good)('takes %s=%s', (setting, value, read) => {
    const config = readConfig({ [setting]: value });

    expect(config).toMatchObject(read);
  });

  it.each(bad)('refuses %s=%s in a sentence', (setting, value, sentence) => {
    const faults = faultsOf({ [setting]: value });

    expect(faults).toEqual([sentence]);
  });

  it('tells every fault at once', () => {
    const faults = faultsOf({ PORT: 'a', LOG_LEVEL: 'loud', RETRY_SCHEDULE: 'b', CORS_ORIGINS: 'c' });

    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['PORT', 'RETRY_SCHEDULE', 'CORS_ORIGINS', 'LOG_LEVEL']);
  });

  it('names the faults in the message of the error', () => {
    expect(() => readConfig({ PORT: 'a', ATTEMPT_TIMEOUT: 'b' })).toThrow(/2 faults:\n- PORT: .*\n- ATTEMPT_TIMEOUT: /);
  });

  it('does not repeat an admin key that it refuses', () => {
    const [fault] = faultsOf({ ADMIN_API_KEY: 'too-short' });

    expect(fault).toContain('at least 16 visible ASCII characters');
    expect(fault).not.toContain('too-short');
  });

  it.each(['mysql://u:canary@h/db', 'canary', 'postgres://u:canary@h', 'postgres://u:canary@h/', 'postgres://u:canary@h:port/db'])(
    'refuses DATABASE_URL=%s without repeating it, since it has a password',
    (url) => {
      expect(faultsOf({ DATABASE_URL: url, ADMIN_API_KEY: KEY, ENCRYPTION_KEYS: RING })).toEqual([
        'DATABASE_URL: expected postgres://user:password@host:port/database, received something else',
      ]);
    },
  );

  it('refuses DATABASE_URL without a key that its servers share, but of one that only sends', () => {
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE, ENCRYPTION_KEYS: RING, ROLE: 'api' })).toEqual([NO_KEY]);
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE, ENCRYPTION_KEYS: RING })).toEqual([NO_KEY]);
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE, ENCRYPTION_KEYS: RING, ROLE: 'dispatcher' })).toEqual([]);
  });

  it('refuses DATABASE_URL without encryption keys that its servers share, whatever they do', () => {
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE, ADMIN_API_KEY: KEY })).toEqual([NO_RING]);
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE, ROLE: 'dispatcher' })).toEqual([NO_RING]);
    expect(faultsOf({ DATABASE_URL: URL_OF_ONE })).toEqual([NO_KEY, NO_RING]);
  });

  it('does not repeat encryption keys that it refuses', () => {
    const faults = faultsOf({ ENCRYPTION_KEYS: `${RING},canary` });

    expect(faults).toEqual([
      'ENCRYPTION_KEYS: expected keys of 32 random bytes in base64, each once, with commas (openssl rand -base64 32 makes one), received 2, of which number 2 is none: it has 6 characters, and a key 44 of A-Z, a-z, 0-9, + / =',
    ]);
  });

  it.each(['all', 'api', 'dispatcher'] as const)('takes ROLE=%s with a DATABASE_URL', (role) => {
    const config = readConfig({ DATABASE_URL: URL_OF_ONE, ROLE: role, ADMIN_API_KEY: KEY, ENCRYPTION_KEYS: RING });

    expect(config).toMatchObject({ databaseUrl: URL_OF_ONE, role });
  });

  it('takes an empty value as absent', () => {
    const empty = Object.fromEntries(settingNames.map((name) => [name, '']));

    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('refuses more than 50 retries', () => {
    const faults = faultsOf({ RETRY_SCHEDULE: Array(51).fill('1s').join(',') });

    expect(faults).toHaveLength(1);
  });

  it('gives a configuration that nobody can change', () => {
    const config = readConfig({});

    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => (config.retryScheduleMs as number[]).push(1)).toThrow(TypeError);
  });
});

describe('.env.example', () => {
  const shown = [...readFileSync('.env.example', 'utf8').matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(
    ([, name, value]) => [name!, value!] as const,
  );

  it('shows each setting, and nothing else', () => {
    expect(shown.map(([name]) => name)).toEqual(settingNames);
  });

  it('shows the defaults', () => {
    expect(readConfig(Object.fromEntries(shown))).toEqual(readConfig({}));
  });

  it('leaves a value out only where the default is nothing', () => {
    const withoutValue = shown.filter(([, value]) => value === '').map(([name]) => name);

    expect(withoutValue).toEqual([
      'DATABASE_URL',
      'ADMIN_API_KEY',
      'ENCRYPTION_KEYS',
      'DANGEROUSLY_ALLOWED_ADDRESSES',
      'TRUSTED_PROXIES',
      'CORS_ORIGINS',
    ]);
  });
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
