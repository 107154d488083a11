import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { maskedHeaderValueFormat } from '../../configure/seal-authentication.js';
import { Authentication } from '../../entities/authentication.js';
import { Webhook } from '../../entities/webhook.js';
import type { Context } from '../context.js';

@Resolver(() => Authentication)
export class AuthenticationResolver {
  @FieldResolver(() => String, {
    description:
      "The header's value; `%ACCESS_TOKEN%` stands where the token goes. Whatever else is there but a scheme such as `Bearer` may be a key, and is masked as `***`.",
  })
  async headerValueFormat(@Root() authentication: Authentication, @Ctx() { loaders, parts }: Context): Promise<string> {
    const { organizationId } = await loaders.get(Webhook, authentication.webhookId);
    return maskedHeaderValueFormat(parts.configure.ring, organizationId, authentication);
  }
}
