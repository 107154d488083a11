import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { openHeaderValueFormat } from '../../configure/seal-authentication.js';
import { Authentication } from '../../entities/authentication.js';
import { Webhook } from '../../entities/webhook.js';
import type { Context } from '../context.js';

@Resolver(() => Authentication)
export class AuthenticationResolver {
  @FieldResolver(() => String, { description: "The header's value; `%ACCESS_TOKEN%` stands where the token goes." })
  async headerValueFormat(@Root() authentication: Authentication, @Ctx() { loaders, parts }: Context): Promise<string> {
    const { organizationId } = await loaders.get(Webhook, authentication.webhookId);
    return openHeaderValueFormat(parts.configure.ring, organizationId, authentication);
  }
}
