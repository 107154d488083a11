import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Answer } from './server.js';

/** A connection on which HTTP is spelled out, as a proxy or an odd client would. */
export interface RawConnection extends AsyncDisposable {
  readonly socket: Socket;
  /** Sends a text, and reads one response with its body. */
  ask(text: string): Promise<RawResponse>;
}

export interface RawResponse {
  status: number;
  head: string;
  json: Answer;
}

/** Opens a connection and says nothing yet. */
export async function connectTo({ url }: { url: string }): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the server closes the connection. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

export async function openConnection(server: { url: string }): Promise<RawConnection> {
  const socket = await connectTo(server);
  return {
    socket,
    async ask(text) {
      const received: Buffer[] = [];
      socket.write(text);
      for (;;) {
        const response = responseIn(Buffer.concat(received).toString('utf8'));
        if (response !== undefined) return response;
        const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [undefined])])) as [Buffer | undefined];
        if (chunk === undefined) throw new Error(`The connection was closed after ${JSON.stringify(Buffer.concat(received).toString())}.`);
        received.push(chunk);
      }
    },
    async [Symbol.asyncDispose]() {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}

function responseIn(text: string): RawResponse | undefined {
  const [head = '', body] = text.split('\r\n\r\n');
  if (body === undefined) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (Buffer.byteLength(body) < length) return undefined;
  return { status: Number(head.split(' ')[1]), head, json: length === 0 ? {} : (JSON.parse(body) as Answer) };
}

/** A request as text; a body gets its length. Of a header that is null nothing is sent. */
export function requestText(line: string, headers: Record<string, string | null>, body?: string): string {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Host: 'hooks.example.com', ...length, ...headers }).filter(([, value]) => value !== null);
  return `${line}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body ?? ''}`;
}

/** The opening handshake of RFC 6455, with headers that differ. */
export function handshakeText(headers: Record<string, string | null> = {}, line = 'GET /graphql HTTP/1.1'): string {
  return requestText(line, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    ...headers,
  });
}
