/** What is written down of an attempt that succeeded, as JSON texts: as real ones are, but for the values. */
export const REQUEST = JSON.stringify({
  method: 'POST',
  url: 'https://hooks.example.com/v1/organizations/acme-tickets/orders',
  headers: [
    { name: 'content-type', value: 'application/json' },
    { name: 'user-agent', value: 'Hookgraph/0.1.0' },
    { name: 'webhook-id', value: '01a20bd0-0b52-7000-9c2f-1d4f5a0c7e11' },
    { name: 'webhook-timestamp', value: '1795512600' },
    { name: 'webhook-signature', value: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=' },
    { name: 'authorization', value: 'Bearer ***' },
  ],
  tokenRenewed: false,
});

export const OUTCOME = JSON.stringify({
  kind: 'RESPONSE_RECEIVED',
  status: 200,
  headers: [
    { name: 'content-type', value: 'application/json; charset=utf-8' },
    { name: 'content-length', value: '15' },
    { name: 'date', value: 'Tue, 24 Nov 2026 09:30:00 GMT' },
    { name: 'server', value: 'nginx' },
    { name: 'x-request-id', value: 'a41f8f3c-6c5f-4be8-9d41-0f6f3c1d9a77' },
  ],
  body: '{"status":"ok"}',
  bodyTruncated: false,
});

export const TIMING = JSON.stringify({ dnsMs: 0.4, connectMs: 11.2, tlsMs: 24.6, firstByteMs: 48.1 });
