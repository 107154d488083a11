import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { findById, findOrganization } from '../../database/find-live.js';
import { Attempt } from '../../entities/attempt.js';
import { Delivery } from '../../entities/delivery.js';
import { Event } from '../../entities/event.js';
import { HookHealth } from '../../entities/hook-health.js';
import { Hook } from '../../entities/hook.js';
import { Webhook } from '../../entities/webhook.js';
import { notFound } from '../../errors.js';
import type { Reach } from '../../reach.js';
import { type Change, readAttempt } from '../../watch/change.js';
import type { HealthChange } from '../../watch/health-log.js';
import { followEvent, type Progress } from '../../watch/event-progress.js';
import type { Context } from '../context.js';

@ArgsType()
class WatchArgs {
  @Field(() => ID, { description: 'The organization to watch.' })
  organizationId!: string;

  @Field(() => ID, { nullable: true, description: 'Only deliveries of this webhook.' })
  webhookId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only deliveries to this hook.' })
  hookId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only deliveries of this event.' })
  eventId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Only deliveries of events of these types.' })
  types?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of the last notice you have, or the organization's `streamCursor`: everything since comes first, in order, then what happens from now on. Without it, what happens from now on.",
  })
  after?: string | null;
}

@ObjectType({ description: 'An attempt was made.' })
export class AttemptNotice {
  @Field(() => String, { description: 'The place of this notice: give it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Attempt, { description: 'The attempt.' })
  attempt!: Pick<Attempt, 'id' | 'deliveryId' | 'number' | 'startedAt' | 'durationMs' | 'timing' | 'request' | 'outcome'>;
}

@ObjectType({ description: 'A delivery became final: it succeeded, failed for good, or was cancelled.' })
export class ResultNotice {
  @Field(() => String, { description: 'The place of this notice: give it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Delivery, { description: 'The delivery.' })
  delivery!: Delivery;
}

@ObjectType({ description: "One of an event's deliveries changed." })
export class EventProgress {
  @Field(() => String, { description: "The place of this notice in the organization's stream." })
  cursor!: string;

  @Field(() => Delivery, { description: 'The delivery that changed.' })
  delivery!: Delivery;

  @Field(() => Attempt, { nullable: true, description: 'The attempt that changed it; null where none did, as when it was cancelled.' })
  attempt!: AttemptNotice['attempt'] | null;

  @Field(() => Int, { description: 'How many deliveries the event owes.' })
  deliveryCount!: number;

  @Field(() => Int, { description: 'How many of them are final.' })
  finalCount!: number;
}

@ArgsType()
class WatchHealthArgs {
  @Field(() => ID, { description: 'The organization to watch.' })
  organizationId!: string;

  @Field(() => ID, { nullable: true, description: 'Only hooks of this webhook.' })
  webhookId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only this hook.' })
  hookId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of the last notice of this stream you have, or the organization's `streamCursor`: everything since comes first, in order, then what happens from now on. Without it, what happens from now on.",
  })
  after?: string | null;
}

@ObjectType({ description: "A hook's health changed, or a hook that goes on failing is warned of once more." })
export class HookHealthNotice {
  @Field(() => String, { description: 'The place of this notice: give it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Hook, { description: 'The hook, as it is now.' })
  hook!: Hook;

  @Field(() => HookHealth, { description: 'Its health after the change.' })
  health!: HookHealth;

  @Field(() => GraphQLDateTime, { description: 'When it changed.' })
  changedAt!: number;
}

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => AttemptNotice, {
    description:
      "Every attempt of an organization's deliveries that fits the filters, as it is recorded: gapless, in order, and resumable by cursor.",
    subscribe: ({ args, context }) => watch(args as WatchArgs, context as Context, 'ATTEMPTS'),
  })
  deliveryAttempts(@Args(() => WatchArgs) _: WatchArgs, @Root() change: Change, @Ctx() { parts }: Context): AttemptNotice {
    return withCursor(() => parts.cursors.ofEntry('change', change), { attempt: readAttempt(change.attempt!) });
  }

  @Subscription(() => ResultNotice, {
    description:
      'Every delivery of an organization that fits the filters, as it becomes final: gapless, in order, and resumable by cursor.',
    subscribe: ({ args, context }) => watch(args as WatchArgs, context as Context, 'RESULTS'),
  })
  async deliveryResults(
    @Args(() => WatchArgs) _: WatchArgs,
    @Root() change: Change,
    @Ctx() { loaders, parts }: Context,
  ): Promise<ResultNotice> {
    return withCursor(() => parts.cursors.ofEntry('change', change), { delivery: await loaders.get(Delivery, change.deliveryId) });
  }

  @Subscription(() => HookHealthNotice, {
    description:
      "Every change of the health of an organization's hooks, as it happens: failing and recovered, paused and resumed, disabled and why. Gapless, in order, and resumable by cursor; `Hook.health` tells where a hook stands at first.",
    subscribe: ({ args, context }) => watchHealth(args as WatchHealthArgs, context as Context),
  })
  async hookHealth(
    @Args(() => WatchHealthArgs) _: WatchHealthArgs,
    @Root() change: HealthChange,
    @Ctx() { loaders, parts }: Context,
  ): Promise<HookHealthNotice> {
    const { hookId, health, changedAt } = change;
    return withCursor(() => parts.cursors.ofEntry('health', change), { hook: await loaders.get(Hook, hookId), health, changedAt });
  }

  @Subscription(() => EventProgress, {
    description: "Each change of an event's deliveries since it was published. Completes when all of them are final.",
    subscribe: ({ args, context }) => watchEvent((args as { eventId: string }).eventId, context as Context),
  })
  async eventProgress(
    @Arg('eventId', () => ID, { description: 'The event.' }) _: string,
    @Root() { change, deliveryCount, finalCount }: Progress,
    @Ctx() { loaders, parts }: Context,
  ): Promise<EventProgress> {
    const delivery = await loaders.get(Delivery, change.deliveryId);
    return withCursor(() => parts.cursors.ofEntry('change', change), {
      delivery,
      attempt: change.attempt && readAttempt(change.attempt),
      deliveryCount,
      finalCount,
    });
  }
}

/** A notice whose cursor is made when it is read: where nobody selects it, nothing is enciphered. */
function withCursor<Notice extends object>(cursorOf: () => string, notice: Notice): Notice & { readonly cursor: string } {
  return Object.defineProperty(notice, 'cursor', { get: cursorOf, enumerable: true }) as Notice & { readonly cursor: string };
}

/** Follows the organization's changes, once it is certain that all that is named is there, and the organization's and the caller's own. */
async function watch(args: WatchArgs, context: Context, kind: 'ATTEMPTS' | 'RESULTS'): Promise<AsyncIterableIterator<Change>> {
  const { organizationId, eventId } = args;
  const webhookId = await findWatched(args, context);
  // An event is of no single webhook; what is told of it is.
  if (eventId != null)
    await mustBelong(findById(context.em, Event, { id: eventId, reach: ofOrganization(organizationId) }), 'event', eventId);
  return context.parts.feed.follow({ ...args, webhookId, kind }, args.after);
}

async function watchHealth(args: WatchHealthArgs, context: Context): Promise<AsyncIterableIterator<HealthChange>> {
  const webhookId = await findWatched(args, context);
  return context.parts.healthFeed.follow({ ...args, webhookId }, args.after);
}

async function watchEvent(id: string, { em, parts, caller: reach }: Context): Promise<AsyncIterableIterator<Progress>> {
  const event = await findById(em, Event, { id, reach });
  if (event === null) throw notFound('event', id);
  return followEvent(parts.feed, em, event);
}

/**
 * The webhook that is watched, which of a caller who reaches one alone is that one; null where all are. Throws where something that
 * is named is not there. What is another organization's is not there, for all that this one may know.
 */
async function findWatched(
  { organizationId, webhookId, hookId }: { organizationId: string; webhookId?: string | null; hookId?: string | null },
  { em, caller }: Context,
): Promise<string | null> {
  const reach = { organizationId, webhookId: caller.webhookId };
  // One after the other: of several that are not there, it is always the same one that is told of.
  await findOrganization(em, { id: organizationId, reach: ofOrganization(caller.organizationId) });
  if (webhookId != null) await mustBelong(findById(em, Webhook, { id: webhookId, reach }), 'webhook', webhookId);
  if (hookId != null) await mustBelong(findById(em, Hook, { id: hookId, reach }), 'hook', hookId);
  return webhookId ?? caller.webhookId;
}

function ofOrganization(organizationId: string | null): Reach {
  return { organizationId, webhookId: null };
}

async function mustBelong(found: Promise<object | null>, noun: string, id: string): Promise<void> {
  if ((await found) === null) throw notFound(noun, id);
}
