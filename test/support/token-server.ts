import { Events, OAuth2Server } from 'oauth2-mock-server';

/** What the token endpoint answers; unchanged parts are as the server would have it. */
export interface TokenAnswerChange {
  statusCode?: number;
  body?: Record<string, unknown>;
}

/** A real OAuth2 server on 127.0.0.1. */
export interface TokenServer extends AsyncDisposable {
  /** Its token endpoint. */
  readonly url: string;
  /** The access tokens it has issued, in order. */
  readonly issued: readonly string[];
  /** How many token requests have come. */
  readonly requestCount: number;
  /** Changes the answers from now on; null for the ordinary ones. */
  answerWith(change: TokenAnswerChange | null): void;
}

/** Starts a token server whose tokens all differ and hold for an hour. */
export async function startTokenServer(): Promise<TokenServer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  const issued: string[] = [];
  let change: TokenAnswerChange | null = null;
  let requestCount = 0;

  server.service.on(Events.BeforeTokenSigning, (token: { payload: Record<string, unknown> }) => {
    // Two tokens of one second would be the same.
    token.payload.jti = `token-${requestCount}`;
  });
  server.service.on(Events.BeforeResponse, (response: { statusCode: number; body: any }) => {
    requestCount += 1;
    if (change?.statusCode !== undefined) response.statusCode = change.statusCode;
    if (change?.body !== undefined) response.body = change.statusCode === undefined ? { ...response.body, ...change.body } : change.body;
    if (response.statusCode === 200) issued.push(response.body.access_token);
  });

  return {
    url: `${server.issuer.url}/token`,
    issued,
    get requestCount() {
      return requestCount;
    },
    answerWith(next) {
      change = next;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** An authentication that fetches its tokens there. */
export function authenticationAt(tokens: Pick<TokenServer, 'url'>, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    grantType: 'CLIENT_CREDENTIALS',
    endpoint: tokens.url,
    clientId: 'doo',
    clientSecret: 'super-strong-secret',
    headerFormat: 'Authorization',
    headerValueFormat: 'Bearer %ACCESS_TOKEN%',
    ...change,
  };
}
