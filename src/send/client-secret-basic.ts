import type { ClientAuth } from 'oauth4webapi';

/**
 * Shows id and secret by HTTP Basic, each form-urlencoded (RFC 6749, section 2.3.1), but for `-`, `.`, `_` and `~`: form
 * encoding leaves them as they are or may, and many token servers compare without decoding. oauth4webapi encodes them too.
 */
export function clientSecretBasic(clientSecret: string): ClientAuth {
  if (clientSecret === '') throw new TypeError('A client needs a secret for HTTP Basic.');
  return (_server, client, _body, headers) => {
    const credentials = `${formEncoded(client.client_id)}:${formEncoded(clientSecret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials, 'latin1').toString('base64')}`);
  };
}

function formEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
