import { describe, expect, it } from 'vitest';
import { describeAddresses } from '../src/addresses.js';
import { readConfig } from '../src/config.js';

const config = readConfig({});

describe('what the start ends with', () => {
  it('says where everything is', () => {
    expect(describeAddresses('http://127.0.0.1:4000', config)).toBe(
      [
        'Hookgraph is running.',
        '',
        '  GraphiQL   http://127.0.0.1:4000/graphql  in a browser',
        '  API        http://127.0.0.1:4000/graphql  GraphQL by POST, subscriptions over WebSocket',
        '  Health     http://127.0.0.1:4000/health',
        '  Admin key  in ./data/admin-api-key',
        '',
      ].join('\n'),
    );
  });

  it.each([{ graphiql: false }, { introspection: false }])('names no page that is not there: %s', (settings) => {
    expect(describeAddresses('http://x', { ...config, ...settings })).not.toContain('GraphiQL');
  });

  it('never repeats the key', () => {
    const text = describeAddresses('http://x', { ...config, adminApiKey: 'a-secret-key-of-the-admin' });

    expect(text).toContain('Admin key  the one in ADMIN_API_KEY');
    expect(text).not.toContain('a-secret');
  });

  it('is the health alone of a server that only sends', () => {
    expect(describeAddresses('http://x', { ...config, role: 'dispatcher' })).toBe(
      'Hookgraph is running.\n\n  Health     http://x/health\n',
    );
  });
});
