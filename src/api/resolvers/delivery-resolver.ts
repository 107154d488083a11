import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { findById } from '../../configure/find-live.js';
import { Attempt } from '../../entities/attempt.js';
import { Delivery } from '../../entities/delivery.js';
import { Event } from '../../entities/event.js';
import { Hook } from '../../entities/hook.js';
import { AttemptConnection } from '../connections.js';
import type { Context } from '../context.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@Resolver(() => Delivery)
export class DeliveryResolver {
  @Query(() => Delivery, { nullable: true, description: 'A delivery by its id; null where there is none.' })
  delivery(@Arg('id', () => ID, { description: 'The id.' }) id: string, @Ctx() { em }: Context): Promise<Delivery | null> {
    return findById(em, Delivery, id);
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
