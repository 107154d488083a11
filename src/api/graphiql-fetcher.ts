/** What stands in the Headers pane until a key does. */
export const KEY_PLACEHOLDER = 'Bearer <your key>';

/**
 * The script by which GraphiQL sends operations, as `sendOperation`. GraphiQL's own would not give the headers to the
 * WebSocket, would show a refused one as work going on, and would connect anew without a word of what it missed.
 */
export const FETCHER_SCRIPT = `
const PLACEHOLDER = ${JSON.stringify(KEY_PLACEHOLDER)};
let typedKey;

async function sendOperation(operation, { headers = {}, documentAST } = {}) {
  const known = withTypedKey(headers);
  if (known.Authorization === PLACEHOLDER) {
    return failure('Put your key into the Headers pane, instead of <your key>.');
  }
  return isSubscription(documentAST, operation.operationName) ? subscribe(operation, known) : ask(operation, known);
}

/** GraphiQL has headers for each tab: the key that was typed into one of them serves those that still have the placeholder. */
function withTypedKey(headers) {
  if (headers.Authorization === PLACEHOLDER) return { ...headers, Authorization: typedKey ?? PLACEHOLDER };
  typedKey = headers.Authorization ?? typedKey;
  return headers;
}

function isSubscription(documentAST, operationName) {
  return (documentAST?.definitions ?? []).some(
    ({ operation, name }) => operation === 'subscription' && (operationName == null || name?.value === operationName),
  );
}

async function ask(operation, headers) {
  if (!fitsHeaders(headers)) return failure('The Headers pane has something that no header can hold: expected letters, digits and signs of ASCII.');
  try {
    const response = await fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(operation),
    });
    return await response.json();
  } catch (error) {
    return failure('The server did not answer: ' + error.message);
  }
}

function fitsHeaders(headers) {
  try {
    return new Headers(headers) !== undefined;
  } catch {
    return false;
  }
}

/** One WebSocket for one subscription, by the protocol graphql-transport-ws; the headers are its connectionParams. */
function subscribe(operation, headers) {
  return {
    subscribe(observer) {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + location.pathname, 'graphql-transport-ws');
      const send = (message) => socket.send(JSON.stringify(message));
      let isOver = false;
      // The notice that is shown gives way to why there are no more: from its cursor it goes on.
      let lastCursor;
      const end = (last) => {
        if (isOver) return;
        isOver = true;
        if (last !== undefined) observer.next(last);
        observer.complete();
        socket.close(1000);
      };
      socket.onopen = () => send({ type: 'connection_init', payload: headers });
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type === 'connection_ack') send({ type: 'subscribe', id: '1', payload: operation });
        if (type === 'ping') send({ type: 'pong' });
        if (type === 'next' && !isOver) {
          lastCursor = Object.values(payload.data ?? {})[0]?.cursor ?? lastCursor;
          observer.next(payload);
        }
        if (type === 'error') end({ errors: payload });
        if (type === 'complete') end();
      };
      socket.onclose = ({ code, reason }) =>
        end(
          failure(
            code === 4403
              ? reason + ': look into the Headers pane.'
              : 'The subscription has ended: the connection was closed with ' + (code + ' ' + reason).trim() + '.',
            lastCursor,
          ),
        );
      return { unsubscribe: () => end() };
    },
  };
}

function failure(message, lastCursor) {
  return { errors: [lastCursor === undefined ? { message } : { message, extensions: { lastCursor } }] };
}
`;
