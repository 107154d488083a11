import { ApiKey } from '../entities/api-key.js';
import { Attempt } from '../entities/attempt.js';
import { Delivery } from '../entities/delivery.js';
import { EventType } from '../entities/event-type.js';
import { Event } from '../entities/event.js';
import { Hook } from '../entities/hook.js';
import { Organization } from '../entities/organization.js';
import { Webhook } from '../entities/webhook.js';
import { connectionOf } from './paging.js';

export const OrganizationConnection = connectionOf(Organization, 'organizations');
export const WebhookConnection = connectionOf(Webhook, 'webhooks');
export const HookConnection = connectionOf(Hook, 'hooks');
export const EventTypeConnection = connectionOf(EventType, 'event types');
export const EventConnection = connectionOf(Event, 'events');
export const DeliveryConnection = connectionOf(Delivery, 'deliveries');
export const ApiKeyConnection = connectionOf(ApiKey, 'keys');
export const AttemptConnection = connectionOf(Attempt, 'attempts');
