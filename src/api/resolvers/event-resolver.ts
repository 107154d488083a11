import { Arg, Args, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { findById } from '../../database/find-live.js';
import { Delivery } from '../../entities/delivery.js';
import { Event } from '../../entities/event.js';
import { Organization } from '../../entities/organization.js';
import { parseAsSpelled } from '../../json/exact-json.js';
import { JsonScalar } from '../../json/json-scalar.js';
import type { PublishedEvent } from '../../publish/publisher.js';
import { DeliveryConnection } from '../connections.js';
import type { Context } from '../context.js';
import { PublishEventInput, PublishEventsInput } from '../inputs/publish-inputs.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@ObjectType({ description: 'A published event. It is on disk, and so is a delivery for each hook that waits for its type.' })
export class PublishEventResult {
  @Field(() => Event, { description: 'The event.' })
  event!: Pick<Event, 'id' | 'organizationId' | 'type' | 'payload' | 'orderingKey' | 'isTest' | 'createdAt'>;

  @Field(() => Boolean, {
    description: 'Whether the idempotency key had been used within 24 hours, so that this is the event of then and nothing new is owed.',
  })
  duplicate!: boolean;
}

@Resolver(() => Event)
export class EventResolver {
  @Query(() => Event, { nullable: true, description: 'An event by its id; null where there is none.' })
  event(@Arg('id', () => ID, { description: 'The id.' }) id: string, @Ctx() { em, caller: reach }: Context): Promise<Event | null> {
    return findById(em, Event, { id, reach });
  }

  @Mutation(() => PublishEventResult, {
    description: 'Publishes an event: makes one delivery for each hook of its type. Answers once all of it is on disk.',
  })
  publishEvent(
    @Arg('input', () => PublishEventInput, { description: 'The event.' }) input: PublishEventInput,
    @Ctx() { parts, caller: reach }: Context,
  ): Promise<PublishedEvent> {
    return parts.publisher.publishEvent({ id: input.organizationId, reach }, input);
  }

  @Mutation(() => [PublishEventResult], {
    description: 'Publishes up to 1,000 events of one organization, all or none. The results are in the order of the events.',
  })
  publishEvents(
    @Arg('input', () => PublishEventsInput, { description: 'The events.' }) input: PublishEventsInput,
    @Ctx() { parts, caller: reach }: Context,
  ): Promise<PublishedEvent[]> {
    return parts.publisher.publishEvents({ id: input.organizationId, reach }, input.events);
  }

  @FieldResolver(() => Organization, { description: 'The organization it happened in.' })
  organization(@Root() { organizationId }: Event, @Ctx() { loaders }: Context): Promise<Organization> {
    return loaders.get(Organization, organizationId);
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description:
      'What happened, as it was published; null where that was null. Numbers are spelled as they were. Keys that are whole numbers come first here; receivers get them in their own order.',
  })
  payload(@Root() event: Event, @Ctx() { parts }: Context): unknown {
    return parseAsSpelled(parts.payloads.open(event));
  }

  @FieldResolver(() => DeliveryConnection, {
    description: 'Its deliveries, one for each hook that it was owed to, in the order they were made.',
  })
  deliveries(@Root() { id }: Event, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Delivery>> {
    return readPage(em, Delivery, { eventId: id }, { id: 'asc' }, page);
  }
}
