import { describe, expect, it } from 'vitest';
import { ADMIN_KEY, type Answer, startTestServer, type TestServer } from '../support/server.js';

/** Makes an organization with these headers in the call, and answers with the address that its record has. */
async function addressIn(server: TestServer, headers: Record<string, string>): Promise<string | null> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}`, ...headers },
    body: JSON.stringify({ query: 'mutation { createOrganization(input: { name: "A" }) { auditLog { edges { node { address } } } } }' }),
  });
  const { data } = (await response.json()) as Answer;
  return data.createOrganization.auditLog.edges[0].node.address;
}

describe('the address of a caller', () => {
  it('is that of the connection, whatever a header says', async () => {
    await using server = await startTestServer();

    expect(await addressIn(server, { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' })).toBe('127.0.0.1');
  });

  it.each([
    { told: '203.0.113.7', is: '203.0.113.7' },
    { told: '2001:db8::7', is: '2001:db8::7' },
    // What the caller has written himself stands to the left of what the proxy adds.
    { told: '198.51.100.1, 203.0.113.7', is: '203.0.113.7' },
    { told: '203.0.113.7, 10.1.2.3', is: '203.0.113.7' },
    // Azure's gateway and HAProxy's option append the port.
    { told: '203.0.113.7:51234', is: '203.0.113.7' },
    { told: '[2001:db8::7]:443', is: '2001:db8::7' },
    { told: '[2001:db8::7]', is: '2001:db8::7' },
    { told: '203.0.113.7:51234, 10.1.2.3:80', is: '203.0.113.7' },
    { told: '::ffff:203.0.113.7', is: '203.0.113.7' },
    { told: '203.0.113.7, unknown', is: '127.0.0.1' },
    { told: '203.0.113.7:port', is: '127.0.0.1' },
    { told: '203.0.113.7,', is: '127.0.0.1' },
    { told: '203.0.113.7, 10.1.2.3, unknown, 10.1.2.4', is: '10.1.2.4' },
    { told: '10.1.2.3, 10.1.2.4', is: '10.1.2.3' },
    { told: 'a <b>caller</b>', is: '127.0.0.1' },
  ])('is $is where a trusted proxy tells "$told"', async ({ told, is }) => {
    await using server = await startTestServer({ config: { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] } });

    expect(await addressIn(server, { 'x-forwarded-for': told })).toBe(is);
  });

  it('is that of a proxy that is not trusted', async () => {
    await using server = await startTestServer({ config: { trustedProxies: ['10.0.0.0/8'] } });

    expect(await addressIn(server, { 'x-forwarded-for': '203.0.113.7' })).toBe('127.0.0.1');
  });
});
