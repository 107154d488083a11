import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Delivery } from '../../entities/delivery.js';
import { Hook } from '../../entities/hook.js';
import { Webhook } from '../../entities/webhook.js';
import { DeliveryConnection } from '../connections.js';
import type { Context } from '../context.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@Resolver(() => Hook)
export class HookResolver {
  @FieldResolver(() => Webhook, { description: 'The webhook it belongs to.' })
  webhook(@Root() { webhookId }: Hook, @Ctx() { loaders }: Context): Promise<Webhook> {
    return loaders.get(Webhook, webhookId);
  }

  @FieldResolver(() => DeliveryConnection, { description: 'Its deliveries, the newest first.' })
  deliveries(@Root() { id }: Hook, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Delivery>> {
    return readPage(em, Delivery, { hookId: id }, { id: 'desc' }, page);
  }
}
