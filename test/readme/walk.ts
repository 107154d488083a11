/** Which ids a later operation may ask for, by the field that an object with an `id` stands in. */
const variableOf: Record<string, string> = {
  createOrganization: 'organizationId',
  importWebhook: 'webhookId',
  hooks: 'hookId',
  event: 'eventId',
  deliveries: 'deliveryId',
  sendTestEvent: 'testDeliveryId',
  apiKey: 'apiKeyId',
};

/**
 * Takes from an answer what later operations ask for: ids, and the cursor of a notice as `after`. What is known already
 * stays: README's later operations speak of what the first ones made.
 */
export function learnFrom(value: unknown, known: Record<string, unknown>, field = ''): void {
  if (Array.isArray(value)) for (const item of value) learnFrom(item, known, field);
  if (typeof value !== 'object' || value === null) return;

  const name = variableOf[field];
  if (name !== undefined && 'id' in value) known[name] ??= value.id;
  if ('cursor' in value && 'attempt' in value) known.after ??= value.cursor;
  for (const [key, inside] of Object.entries(value)) {
    learnFrom(inside, known, key === 'edges' || key === 'node' ? field : key);
  }
}
