import type { Exchange, Script } from './receiver.js';

/** Takes the request and says nothing. */
export const hang: Script = () => {};

/** Resets the connection (TCP RST) instead of an answer. */
export const reset: Script = ({ socket }) => void socket.resetAndDestroy();

/** Sends the headers and the beginning of a body, then nothing more. */
export const hangInBody: Script = ({ response }) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('the beginning');
};

/** Sends the headers and the beginning of a body, then resets the connection. */
export const resetInBody: Script = ({ response, socket }) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('the beginning', () => socket.resetAndDestroy());
};

/** Sends a body that never ends, as fast as it is read. */
export const endlessBody: Script = ({ response }) => {
  const piece = Buffer.alloc(16 * 1024, 'x');
  const pour = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.on('drain', pour);
  pour();
};

/** Writes these very bytes to the connection, HTTP or not, and leaves it open. */
export function raw(...texts: string[]): Script {
  return ({ socket }: Exchange) => {
    for (const text of texts) socket.write(text, 'latin1');
  };
}
