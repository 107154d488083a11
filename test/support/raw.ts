import { ADMIN_KEY } from './server.js';

export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined where it is none. */
  json: any;
}

/** Posts a body to the API as it is, as the admin unless the headers say otherwise. */
export async function post(
  server: { url: string },
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return read(
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      body,
    }),
  );
}

export async function read(response: Response): Promise<RawAnswer> {
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Publishes a payload that is given as JSON text, which goes into the request untouched. */
export function publishText(server: { url: string }, organizationId: string, payloadText: string): Promise<RawAnswer> {
  const query =
    'mutation ($o: ID!, $p: JSON) { publishEvent(input: { organizationId: $o, type: "order_created", payload: $p }) { event { id payload } } }';
  return post(server, `{"query":${JSON.stringify(query)},"variables":{"o":${JSON.stringify(organizationId)},"p":${payloadText}}}`);
}
