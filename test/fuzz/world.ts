import { expect } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { keepLog } from '../support/log.js';
import { makeOrganization } from '../support/platform.js';
import { post, type RawAnswer } from '../support/raw.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { askForWebhook, hooksOf } from '../support/webhooks.js';

/** A server that is asked for what nobody means, with one webhook whose state can be looked at. */
export interface World extends AsyncDisposable {
  readonly server: TestServer;
  readonly organizationId: string;
  readonly webhookId: string;
  readonly hookId: string;
  /** Sends a body as it is. Whatever it is, the answer is not a fault of the server's. */
  send(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<RawAnswer>;
  /** The same for an operation. */
  ask(query: string, variables: unknown): Promise<RawAnswer>;
  /** All that is configured for the organization, as it stands. */
  readConfiguration(): Promise<unknown>;
}

const CATALOG = `query ($id: ID!) {
  organization(id: $id) {
    name
    eventTypes(first: 100) { edges { node { name description schema example } } }
    apiKeys(first: 100) { edges { node { id name scopes revokedAt } } }
  }
}`;

const WEBHOOKS = `query ($id: ID!, $after: String) {
  organization(id: $id) {
    webhooks(first: 10, after: $after) {
      edges { node { id name description updatedAt deletedAt configuration authentication { version } hooks(first: 20) { edges { node { id status } } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Starts a server that may send to loopback addresses alone where it `mayReachLoopback`, and nowhere private otherwise. */
export async function startWorld({ mayReachLoopback = true, clock }: { mayReachLoopback?: boolean; clock?: Clock } = {}): Promise<World> {
  const log = keepLog('error');
  const server = await startTestServer({
    log: log.log,
    ...(clock === undefined ? {} : { clock }),
    config: {
      // Wrong keys come from here without number, and are to be looked at each time.
      trustedProxies: ['127.0.0.0/8'],
      ...(mayReachLoopback ? {} : { dangerouslyAllowedAddresses: [] }),
    },
  });
  const organizationId = await makeOrganization(server);
  const { data } = await askForWebhook(server, organizationId);
  const webhook = data!.createWebhook;

  let readLength = 0;
  /** What was logged since the last look, so that a value is not blamed for what another one did. */
  function newLines(): string {
    const lines = log.text().slice(readLength);
    readLength += lines.length;
    return lines;
  }

  async function send(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const answer = await post(server, body, headers);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(answer.text).not.toContain('INTERNAL_SERVER_ERROR');
    expect(newLines()).toBe('');
    return answer;
  }

  return {
    server,
    organizationId,
    webhookId: webhook.id,
    hookId: hooksOf(webhook)[0].id,
    send,
    ask: (query, variables) => send(JSON.stringify({ query, variables })),
    async readConfiguration() {
      const catalog = await server.gql(CATALOG, { id: organizationId });
      const webhooks: unknown[] = [];
      for (let after: string | null = null; ;) {
        const { organization }: any = await server.gql(WEBHOOKS, { id: organizationId, after });
        const { edges, pageInfo } = organization.webhooks;
        webhooks.push(...edges);
        if (!pageInfo.hasNextPage) return { catalog, webhooks };
        after = pageInfo.endCursor;
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
