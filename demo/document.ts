import { readFile } from 'node:fs/promises';

/** The example document, as far as the demo looks into it. */
export interface WebhookDocument {
  name: string;
  hooks: Array<{ type: string; method: string; endpoint: string }>;
  authentication: { endpoint: string; credentials: { client_id: string; client_secret: string } };
}

/** Below the folder that npm runs scripts in. */
export const DOCUMENT_FILE = 'examples/webhook.example.json';

export async function readDocument(): Promise<WebhookDocument> {
  return JSON.parse(await readFile(DOCUMENT_FILE, 'utf8')) as WebhookDocument;
}

/** The document with its endpoints pointed to this machine, each hook's to a path of its own. */
export function pointTo(
  document: WebhookDocument,
  { receiverUrl, tokenEndpoint }: { receiverUrl: string; tokenEndpoint: string },
): WebhookDocument {
  return {
    ...document,
    hooks: document.hooks.map((hook) => ({ ...hook, endpoint: `${receiverUrl}/${hook.type}` })),
    authentication: { ...document.authentication, endpoint: tokenEndpoint },
  };
}
