import { DOCUMENT_FILE } from './document.js';
import { REVOKING_TYPE, TROUBLED_TYPE } from './receiver.js';

export interface Places {
  server: string;
  receiver: string;
  tokenServer: string;
}

/** What was started where, and what to look out for. */
export function introduction(places: Places, hookCount: number): string[] {
  return [
    `  server    ${places.server}    all data in a temporary folder`,
    `  receiver  ${places.receiver}   checks each signature and each access token`,
    `  OAuth2    ${places.tokenServer}   gives the access tokens`,
    `  webhook   ${hookCount} hooks from ${DOCUMENT_FILE}, pointed to the receiver`,
    `  trouble   ${TROUBLED_TYPE} fails twice; at ${REVOKING_TYPE} the token is revoked`,
  ];
}

/** What to do while the demo stays up. */
export function invitation(serverUrl: string, adminKey: string, organizationId: string): string[] {
  return [
    `Your turn: open GraphiQL at ${serverUrl}/graphql`,
    '',
    '  1. Into the bar at its top, put your admin key:',
    '',
    `     ${adminKey}`,
    '',
    '  2. Publish an event, and see its attempts come in here:',
    '',
    '     mutation {',
    '       publishEvent(input: {',
    `         organizationId: "${organizationId}"`,
    '         type: "order_created"',
    '         payload: { orderId: "ord-78" }',
    '       }) { event { id } }',
    '     }',
    '',
    'Ctrl-C stops everything and removes the data.',
  ];
}
