import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { findById } from '../../database/find-live.js';
import { Attempt } from '../../entities/attempt.js';
import { AFTER_ANOTHER, Delivery, DeliveryStatus } from '../../entities/delivery.js';
import { Event } from '../../entities/event.js';
import { Hook, isHeld } from '../../entities/hook.js';
import { cancelDelivery } from '../../record/cancel-delivery.js';
import { retryDelivery } from '../../record/retry-delivery.js';
import { AttemptConnection } from '../connections.js';
import type { Context } from '../context.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@Resolver(() => Delivery)
export class DeliveryResolver {
  @Query(() => Delivery, { nullable: true, description: 'A delivery by its id; null where there is none.' })
  delivery(@Arg('id', () => ID, { description: 'The id.' }) id: string, @Ctx() { em, caller: reach }: Context): Promise<Delivery | null> {
    return findById(em, Delivery, { id, reach });
  }

  @Mutation(() => Delivery, {
    description:
      'Attempts a delivery now. One that has failed for good or was cancelled gets one attempt more, and the rest of its schedule where there is one. One that waits for a retry has it now instead of then, never twice. One that has succeeded is an error.',
  })
  retryDelivery(
    @Arg('id', () => ID, { description: 'The delivery.' }) id: string,
    @Ctx() { parts, caller: reach }: Context,
  ): Promise<Delivery> {
    return retryDelivery(parts.byHand, { id, reach });
  }

  @Mutation(() => Delivery, {
    description:
      'Ends an open delivery as CANCELLED. A request under way is not called back; it is recorded and changes nothing any more. Once more comes to the same; one that has succeeded or failed is an error.',
  })
  cancelDelivery(
    @Arg('id', () => ID, { description: 'The delivery.' }) id: string,
    @Ctx() { parts, caller: reach }: Context,
  ): Promise<Delivery> {
    return cancelDelivery(parts.byHand, { id, reach });
  }

  @FieldResolver(() => DeliveryStatus, { description: 'Where it stands.' })
  async status(@Root() { status, nextAttemptAt, hookId }: Delivery, @Ctx() { loaders }: Context): Promise<DeliveryStatus> {
    if (nextAttemptAt === null) return status;
    const hook = await loaders.get(Hook, hookId);
    return isHeld(hook.status) ? 'HELD' : status;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description:
      'When the next attempt is due; null once the delivery is final, while it is HELD, and while it waits for the one before it (`Hook.ordering`).',
  })
  async nextAttemptAt(@Root() { nextAttemptAt, hookId }: Delivery, @Ctx() { loaders }: Context): Promise<number | null> {
    if (nextAttemptAt === null || nextAttemptAt === AFTER_ANOTHER) return null;
    const hook = await loaders.get(Hook, hookId);
    return isHeld(hook.status) ? null : nextAttemptAt;
  }

  @FieldResolver(() => Event, { description: 'The event that is owed.' })
  event(@Root() { eventId }: Delivery, @Ctx() { loaders }: Context): Promise<Event> {
    return loaders.get(Event, eventId);
  }

  @FieldResolver(() => Hook, { description: 'The hook it is owed to.' })
  hook(@Root() { hookId }: Delivery, @Ctx() { loaders }: Context): Promise<Hook> {
    return loaders.get(Hook, hookId);
  }

  @FieldResolver(() => AttemptConnection, { description: 'Its attempts, the first one first.' })
  attempts(@Root() { id }: Delivery, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Attempt>> {
    return readPage(em, Attempt, { deliveryId: id }, { number: 'asc', id: 'asc' }, page);
  }
}
