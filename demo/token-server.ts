import type { IncomingMessage } from 'node:http';
import { OAuth2Server } from 'oauth2-mock-server';
import type { Random } from '../src/random.js';

export interface TokenServer extends AsyncDisposable {
  /** Without a path. */
  url: string;
  tokenEndpoint: string;
  /** Where the public keys are by which its tokens are verified. */
  keysEndpoint: string;
  /** How many tokens it has given. */
  readonly tokenCount: number;
}

export interface Client {
  id: string;
  secret: string;
}

/** A real OAuth2 server on this machine: it gives signed tokens to the one client it knows, and 401 to everybody else. */
export async function startTokenServer(client: Client, random: Random): Promise<TokenServer> {
  const server = new OAuth2Server();
  let tokenCount = 0;
  // Two tokens of the same second would otherwise be the same token.
  server.service.on('beforeTokenSigning', (token) => (token.payload.jti = random.bytes(12).toString('base64url')));
  server.service.on('beforeResponse', (response, request) => {
    if (isClient(request, client)) tokenCount += 1;
    else Object.assign(response, { statusCode: 401, body: { error: 'invalid_client' } });
  });
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  const url = `http://127.0.0.1:${server.address().port}`;

  return {
    url,
    tokenEndpoint: `${url}/token`,
    keysEndpoint: `${url}/jwks`,
    get tokenCount() {
      return tokenCount;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** HTTP Basic as RFC 6749 has it (section 2.3.1): id and secret are form-urlencoded first. */
function isClient(request: IncomingMessage, { id, secret }: Client): boolean {
  const basic = /^Basic (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [givenId, givenSecret] = Buffer.from(basic, 'base64').toString().split(':').map(formDecode);
  return givenId === id && givenSecret === secret;
}

function formDecode(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}
