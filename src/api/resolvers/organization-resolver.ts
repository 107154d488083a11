import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { createOrganization } from '../../configure/create-organization.js';
import { findById } from '../../database/find-live.js';
import { registerEventType } from '../../configure/register-event-type.js';
import { ApiKey } from '../../entities/api-key.js';
import { AuditRecord } from '../../entities/audit-record.js';
import { Delivery } from '../../entities/delivery.js';
import { EventType } from '../../entities/event-type.js';
import { Event } from '../../entities/event.js';
import { Organization } from '../../entities/organization.js';
import { Webhook } from '../../entities/webhook.js';
import {
  ApiKeyConnection,
  AuditRecordConnection,
  DeliveryConnection,
  EventConnection,
  EventTypeConnection,
  OrganizationConnection,
  WebhookConnection,
} from '../connections.js';
import type { Context } from '../context.js';
import { RegisterEventTypeInput } from '../inputs/event-type-inputs.js';
import { CreateOrganizationInput } from '../inputs/organization-inputs.js';
import { readNewestPage } from '../newest-page.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@Resolver(() => Organization)
export class OrganizationResolver {
  @Query(() => Organization, { nullable: true, description: 'An organization by its id; null where there is none.' })
  organization(
    @Arg('id', () => ID, { description: 'The id.' }) id: string,
    @Ctx() { em, caller: reach }: Context,
  ): Promise<Organization | null> {
    return findById(em, Organization, { id, reach });
  }

  @Query(() => OrganizationConnection, { description: 'All organizations that the key is for, the oldest first.' })
  organizations(@Args(() => PageArgs) page: PageArgs, @Ctx() { em, caller }: Context): Promise<Connection<Organization>> {
    return readPage(em, Organization, caller.organizationId === null ? {} : { id: caller.organizationId }, { id: 'asc' }, page);
  }

  @Mutation(() => Organization, { description: 'Makes an organization, with the built-in event types in its catalog.' })
  createOrganization(
    @Arg('input', () => CreateOrganizationInput, { description: 'The new organization.' }) input: CreateOrganizationInput,
    @Ctx() { parts, actor }: Context,
  ): Promise<Organization> {
    return createOrganization(parts.configure, actor, input);
  }

  @Mutation(() => EventType, {
    description:
      "Adds an event type to an organization's catalog. A name that is there already, a built-in one too, gets the new description, schema and example.",
  })
  registerEventType(
    @Arg('input', () => RegisterEventTypeInput, { description: 'The event type.' }) input: RegisterEventTypeInput,
    @Ctx() { parts, actor: reach }: Context,
  ): Promise<EventType> {
    const { organizationId: id, name, description } = input;
    const schema = input.schema?.exactValue('input.schema');
    const example = input.example?.exactValue('input.example');
    return registerEventType(parts.configure, { id, reach }, { name, description, schema, example });
  }

  @FieldResolver(() => String, {
    description:
      'The cursor of this moment, for each of the live streams. A subscriber that gives it as `after` misses nothing from here on, even when its connection breaks before the first notice. It is another one each time, whether anything happened or not.',
  })
  async streamCursor(@Root() { id }: Organization, @Ctx() { parts }: Context): Promise<string> {
    const [change, health] = await Promise.all([parts.feed.readPlace(), parts.healthFeed.readPlace()]);
    return parts.cursors.ofMoment(id, { change, health });
  }

  @FieldResolver(() => WebhookConnection, { description: 'Its webhooks, the oldest first.' })
  webhooks(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Webhook>> {
    return readPage(em, Webhook, { organizationId: id, deletedAt: null }, { id: 'asc' }, page);
  }

  @FieldResolver(() => EventTypeConnection, { description: 'Its catalog of event types, by name.' })
  eventTypes(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<EventType>> {
    return readPage(em, EventType, { organizationId: id }, { name: 'asc' }, page);
  }

  @FieldResolver(() => ApiKeyConnection, { description: 'Its keys, the revoked ones too, the oldest first.' })
  apiKeys(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<ApiKey>> {
    return readPage(em, ApiKey, { organizationId: id }, { id: 'asc' }, page);
  }

  @FieldResolver(() => AuditRecordConnection, {
    description: 'Who changed its configuration, its keys or its secrets, the newest change first. Kept for `AUDIT_RETENTION`.',
  })
  auditLog(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<AuditRecord>> {
    return readNewestPage(em, AuditRecord, ['organizationId', id], page);
  }

  @FieldResolver(() => EventConnection, { description: 'Its events, the newest first.' })
  events(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Event>> {
    return readNewestPage(em, Event, ['organizationId', id], page);
  }

  @FieldResolver(() => DeliveryConnection, { description: 'Its deliveries, the newest first.' })
  deliveries(@Root() { id }: Organization, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Delivery>> {
    return readNewestPage(em, Delivery, ['organizationId', id], page);
  }
}
