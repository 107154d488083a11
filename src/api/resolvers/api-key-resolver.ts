import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { createApiKey } from '../../api-keys/create-api-key.js';
import { createStreamToken } from '../../api-keys/create-stream-token.js';
import { revokeApiKey } from '../../api-keys/revoke-api-key.js';
import { ApiKey } from '../../entities/api-key.js';
import { Organization } from '../../entities/organization.js';
import type { Context } from '../context.js';
import { CreateApiKeyInput, CreateStreamTokenInput } from '../inputs/api-key-inputs.js';

@ObjectType({ description: 'A key that was made just now.' })
export class CreateApiKeyResult {
  @Field(() => ApiKey, { description: 'What is kept of it.' })
  apiKey!: ApiKey;

  @Field(() => String, { description: 'The key itself. It is shown this once: keep it where secrets are kept.' })
  key!: string;
}

@ObjectType({ description: 'A stream token that was made just now.' })
export class GivenStreamToken {
  @Field(() => String, { description: 'The token, to be given where a key would be. It is shown this once.' })
  token!: string;

  @Field(() => GraphQLDateTime, { description: 'From when on it is refused; subscriptions with it end then.' })
  expiresAt!: number;
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Mutation(() => CreateApiKeyResult, { description: 'Makes a key by which a program calls the API for one organization.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
    @Ctx() { parts, actor }: Context,
  ): Promise<CreateApiKeyResult> {
    const { organizationId, name, scopes, expiresAt } = input;
    return createApiKey(parts.apiKeys, actor, { organizationId, name, scopes, expiresAt: expiresAt?.getTime() ?? null });
  }

  @Mutation(() => ApiKey, {
    description:
      'Ends a key, and the stream tokens that were made with it: requests are refused, and open subscriptions end within 5 seconds. Once more comes to the same.',
  })
  revokeApiKey(@Arg('id', () => ID, { description: 'The key.' }) id: string, @Ctx() { parts, actor: reach }: Context): Promise<ApiKey> {
    return revokeApiKey(parts.apiKeys, { id, reach });
  }

  @Mutation(() => GivenStreamToken, {
    description:
      'Makes a short-lived token for a browser: it may query and subscribe, to one organization or one webhook, and nothing else. So a dashboard needs no key.',
  })
  createStreamToken(
    @Arg('input', () => CreateStreamTokenInput, { description: 'What the token is for.' }) input: CreateStreamTokenInput,
    @Ctx() { parts, actor }: Context,
  ): Promise<GivenStreamToken> {
    const { organizationId, webhookId, expiresInSeconds } = input;
    return createStreamToken(parts.apiKeys, actor, { organizationId, webhookId: webhookId ?? null, expiresInSeconds });
  }

  @FieldResolver(() => Organization, { description: 'The organization it is for.' })
  organization(@Root() { organizationId }: ApiKey, @Ctx() { loaders }: Context): Promise<Organization> {
    return loaders.get(Organization, organizationId);
  }
}
