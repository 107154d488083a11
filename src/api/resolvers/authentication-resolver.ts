import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { maskedHeaderValueFormat, openExtraParameters } from '../../configure/seal-authentication.js';
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

  @FieldResolver(() => [String], { description: 'What the token is asked for, each an absolute URI (RFC 8707); empty for nothing.' })
  resource(@Root() { resource }: Authentication): string[] {
    return resource ?? [];
  }

  @FieldResolver(() => [String], {
    description:
      'The names of the extra parameters that the token endpoint gets. Their values are write-only: any of them may be a secret.',
  })
  async extraParameterNames(@Root() authentication: Authentication, @Ctx() { loaders, parts }: Context): Promise<string[]> {
    const { organizationId } = await loaders.get(Webhook, authentication.webhookId);
    return openExtraParameters(parts.configure.ring, organizationId, authentication).map(({ name }) => name);
  }
}
