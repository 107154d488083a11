import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import { pauseHook, resumeHook } from '../../configure/pause-hook.js';
import { Delivery } from '../../entities/delivery.js';
import { healthOf, HookHealth } from '../../entities/hook-health.js';
import { Hook, isHeld } from '../../entities/hook.js';
import { Webhook } from '../../entities/webhook.js';
import { DeliveryConnection } from '../connections.js';
import { sendTestEvent } from '../../publish/send-test-event.js';
import type { Context } from '../context.js';
import { countOpen } from '../count-open.js';
import { readNewestPage } from '../newest-page.js';
import { type Connection, PageArgs } from '../paging.js';

@Resolver(() => Hook)
export class HookResolver {
  @Mutation(() => Hook, {
    description:
      'Holds a hook: its open deliveries, and those of events to come, wait until it is resumed. Nothing is dropped. Requests under way end.',
  })
  pauseHook(@Arg('id', () => ID, { description: 'The hook.' }) id: string, @Ctx() { parts, actor: reach }: Context): Promise<Hook> {
    return pauseHook(parts.configure, { id, reach });
  }

  @Mutation(() => Hook, {
    description:
      'Goes on with a hook that was paused or disabled. What was held goes out one at a time at first, and more side by side with each that succeeds.',
  })
  resumeHook(@Arg('id', () => ID, { description: 'The hook.' }) id: string, @Ctx() { parts, actor: reach }: Context): Promise<Hook> {
    return resumeHook(parts.configure, { id, reach });
  }

  @Mutation(() => Delivery, {
    description:
      'Tries a hook out: sends it an event of its type, with the type\'s example as its payload, marked as a test (`"test": true` in the body, `isTest` on the event). It is an ordinary delivery otherwise: recorded, retried, and held while the hook is.',
  })
  sendTestEvent(
    @Arg('hookId', () => ID, { description: 'The hook.' }) id: string,
    @Ctx() { parts, caller: reach }: Context,
  ): Promise<Delivery> {
    return sendTestEvent(parts.testEvents, { id, reach });
  }

  @FieldResolver(() => HookHealth, { description: 'How it is doing. `hookHealth` streams the changes.' })
  health(@Root() hook: Hook, @Ctx() { parts }: Context): HookHealth {
    return healthOf(hook, parts.configure.disableAfterMs);
  }

  @FieldResolver(() => Int, { description: 'How many of its deliveries are HELD.' })
  async heldCount(@Root() { id, status }: Hook, @Ctx() { loaders }: Context): Promise<number> {
    return isHeld(status) ? ((await loaders.ofEach(countOpen, id)) ?? 0) : 0;
  }

  @FieldResolver(() => Webhook, { description: 'The webhook it belongs to.' })
  webhook(@Root() { webhookId }: Hook, @Ctx() { loaders }: Context): Promise<Webhook> {
    return loaders.get(Webhook, webhookId);
  }

  @FieldResolver(() => DeliveryConnection, { description: 'Its deliveries, the newest first.' })
  deliveries(@Root() { id }: Hook, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Delivery>> {
    return readNewestPage(em, Delivery, ['hookId', id], page);
  }
}
