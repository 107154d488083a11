import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { createWebhook } from '../../configure/create-webhook.js';
import { deleteWebhook } from '../../configure/delete-webhook.js';
import type { EntityManager } from '../../database/connect.js';
import { findLiveWebhook } from '../../database/find-live.js';
import { importWebhook } from '../../configure/import-webhook.js';
import { updateWebhook } from '../../configure/update-webhook.js';
import { readDocument } from '../../configure/read-document.js';
import { Authentication } from '../../entities/authentication.js';
import { Delivery } from '../../entities/delivery.js';
import { Hook } from '../../entities/hook.js';
import { Organization } from '../../entities/organization.js';
import { Webhook } from '../../entities/webhook.js';
import type { JsonInput } from '../../json/json-input.js';
import { JsonScalar } from '../../json/json-scalar.js';
import { DeliveryConnection, HookConnection } from '../connections.js';
import type { Context } from '../context.js';
import { CreateWebhookInput, UpdateWebhookInput } from '../inputs/webhook-inputs.js';
import { readNewestPage } from '../newest-page.js';
import { type Connection, PageArgs, readPage } from '../paging.js';

@Resolver(() => Webhook)
export class WebhookResolver {
  @Query(() => Webhook, { nullable: true, description: 'A webhook by its id; null where there is none, or where it was deleted.' })
  webhook(@Arg('id', () => ID, { description: 'The id.' }) id: string, @Ctx() { em, caller: reach }: Context): Promise<Webhook | null> {
    return findLiveWebhook(em, { id, reach });
  }

  @Mutation(() => Webhook, {
    description:
      'Makes a webhook with its hooks and its authentication. Nothing is saved when anything is wrong, and every fault is told at once.',
  })
  createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'The new webhook.' }) input: CreateWebhookInput,
    @Ctx() { parts, actor: reach }: Context,
  ): Promise<Webhook> {
    const { organizationId: id, name, description, hooks, authentication } = input;
    return createWebhook(
      parts.configure,
      { id, reach },
      {
        name,
        description,
        hooks: hooks.map((hook) => ({ ...hook, rateLimit: hook.rateLimit ?? null })),
        authentication:
          authentication == null
            ? null
            : {
                ...authentication,
                scope: authentication.scope ?? null,
                audience: authentication.audience ?? null,
                resource: authentication.resource ?? null,
                extraParameters: authentication.extraParameters ?? null,
              },
      },
    );
  }

  @Mutation(() => Webhook, {
    description:
      'Makes a webhook from a configuration document, as it is. Nothing is saved when anything is wrong, and every fault is told at once with its path.',
  })
  importWebhook(
    @Arg('organizationId', () => ID, {
      nullable: true,
      description: 'The organization; it may stand in the document instead, as `organizationId`.',
    })
    organizationId: string | null,
    @Arg('configuration', () => JsonScalar, { description: 'The document.' }) configuration: JsonInput,
    @Ctx() { parts, actor: reach }: Context,
  ): Promise<Webhook> {
    return importWebhook(parts.configure, { organizationId, reach }, configuration.exactValue('configuration'));
  }

  @Mutation(() => Webhook, { description: 'Changes what the input names and leaves the rest.' })
  updateWebhook(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
    @Arg('input', () => UpdateWebhookInput, { description: 'What changes.' }) input: UpdateWebhookInput,
    @Ctx() { parts, actor: reach }: Context,
  ): Promise<Webhook> {
    return updateWebhook(parts.configure, { id, reach }, input);
  }

  @Mutation(() => ID, {
    description: 'Deletes a webhook. Its open deliveries end as cancelled, and the record of all of them stays. Answers with the id.',
  })
  deleteWebhook(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
    @Ctx() { parts, actor: reach }: Context,
  ): Promise<string> {
    return deleteWebhook(parts.configure, { id, reach });
  }

  @FieldResolver(() => Organization, { description: 'The organization it belongs to.' })
  organization(@Root() { organizationId }: Webhook, @Ctx() { loaders }: Context): Promise<Organization> {
    return loaders.get(Organization, organizationId);
  }

  @FieldResolver(() => HookConnection, { description: 'Its hooks, in the order they were given.' })
  hooks(@Root() { id }: Webhook, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Hook>> {
    return readPage(em, Hook, { webhookId: id, status: { $ne: 'REMOVED' } }, { position: 'asc', id: 'asc' }, page);
  }

  @FieldResolver(() => Authentication, {
    nullable: true,
    description: 'How its receivers know us; null where requests are signed and nothing more.',
  })
  async authentication(@Root() { id }: Webhook, @Ctx() { loaders }: Context): Promise<Authentication | null> {
    return (await loaders.ofEach(readAuthentications, id)) ?? null;
  }

  @FieldResolver(() => JsonScalar, {
    description:
      'The webhook as a configuration document, with the client secret, the values of extra parameters, and what stands beside the access token but a scheme such as `Bearer` masked. `importWebhook` takes it once these are filled in.',
  })
  configuration(@Root() webhook: Webhook, @Ctx() { em, parts }: Context): Promise<unknown> {
    return readDocument(em, parts.configure.ring, webhook);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The secret by which receivers verify signatures: `whsec_` and base64, as Standard Webhooks has it. Null once the webhook is deleted. For those alone who may manage the webhook.',
  })
  signingSecret(@Root() { organizationId, id, signingSecret }: Webhook, @Ctx() { parts }: Context): string | null {
    if (signingSecret === '') return null;
    return parts.configure.ring.open(signingSecret, { organizationId, column: 'webhooks.signing_secret', id });
  }

  @FieldResolver(() => DeliveryConnection, { description: 'Its deliveries, the newest first.' })
  deliveries(@Root() { id }: Webhook, @Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<Connection<Delivery>> {
    return readNewestPage(em, Delivery, ['webhookId', id], page);
  }
}

/** Of each of these webhooks, where it has one. */
async function readAuthentications(em: EntityManager, webhookIds: readonly string[]): Promise<ReadonlyMap<string, Authentication>> {
  const found = await em.find(Authentication, { webhookId: { $in: [...webhookIds] } });
  return new Map(found.map((authentication) => [authentication.webhookId, authentication]));
}
