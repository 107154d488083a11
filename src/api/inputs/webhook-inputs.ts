import { Field, ID, InputType, Int } from 'type-graphql';
import { ClientAuthentication, GrantType } from '../../entities/authentication.js';
import { HookInput, UpdateHookInput } from './hook-inputs.js';

@InputType({ description: 'A parameter of token requests that no standard knows of.' })
export class ExtraParameterInput {
  @Field(() => String, {
    description: 'Its name, of letters, digits, dots, dashes and underscores. None that the request sets by itself, such as `grant_type`.',
  })
  name!: string;

  @Field(() => String, { description: 'Its value, of 1 to 4,096 characters. It goes in and never comes out.' })
  value!: string;
}

@InputType({ description: "How a new webhook's receivers know us: an OAuth2 grant whose token goes into a header." })
export class AuthenticationInput {
  @Field(() => GrantType, { description: 'The grant by which the token is had.' })
  grantType!: GrantType;

  @Field(() => String, { description: 'The URL of the token endpoint.' })
  endpoint!: string;

  @Field(() => String, { description: "The client's id at the token endpoint." })
  clientId!: string;

  @Field(() => String, { description: "The client's secret. It goes in and never comes out." })
  clientSecret!: string;

  @Field(() => ClientAuthentication, { defaultValue: ClientAuthentication.BASIC, description: 'How the client shows its id and secret.' })
  clientAuthentication!: ClientAuthentication;

  @Field(() => String, { nullable: true, description: 'The scope to ask for.' })
  scope?: string | null;

  @Field(() => String, { nullable: true, description: 'The audience to ask for.' })
  audience?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What the token is asked for (RFC 8707): at most 10 absolute URIs without fragments, each sent as a `resource`.',
  })
  resource?: string[] | null;

  @Field(() => [ExtraParameterInput], { nullable: true, description: 'What else the token endpoint wants to have: at most 10 parameters.' })
  extraParameters?: ExtraParameterInput[] | null;

  @Field(() => String, { description: 'The name of the header that carries the token, such as `Authorization`.' })
  headerFormat!: string;

  @Field(() => String, { description: "The header's value, with `%ACCESS_TOKEN%` where the token goes, such as `Bearer %ACCESS_TOKEN%`." })
  headerValueFormat!: string;
}

@InputType({ description: 'A new webhook.' })
export class CreateWebhookInput {
  @Field(() => ID, { description: 'The organization it belongs to.' })
  organizationId!: string;

  @Field(() => String, { description: 'A name for people, of 1 to 200 characters; it need not be unique.' })
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What the webhook is for.' })
  description!: string;

  @Field(() => [HookInput], { description: 'Its hooks, at most 1,000.' })
  hooks!: HookInput[];

  @Field(() => AuthenticationInput, {
    nullable: true,
    description: 'How its receivers know us; without one, requests are signed and nothing more.',
  })
  authentication?: AuthenticationInput | null;
}

@InputType({
  description:
    'A change of an authentication: what is left out stays. A webhook that has none yet needs its grant type, endpoint, client id and secret, and the header.',
})
export class UpdateAuthenticationInput {
  @Field(() => GrantType, { nullable: true, description: 'The grant by which the token is had.' })
  grantType?: GrantType;

  @Field(() => String, { nullable: true, description: 'The URL of the token endpoint.' })
  endpoint?: string;

  @Field(() => String, { nullable: true, description: "The client's id at the token endpoint." })
  clientId?: string;

  @Field(() => String, { nullable: true, description: "The client's secret; left out, the one of before stays." })
  clientSecret?: string;

  @Field(() => ClientAuthentication, { nullable: true, description: 'How the client shows its id and secret.' })
  clientAuthentication?: ClientAuthentication;

  @Field(() => String, { nullable: true, description: 'The scope to ask for; null for none.' })
  scope?: string | null;

  @Field(() => String, { nullable: true, description: 'The audience to ask for; null for none.' })
  audience?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The whole new list of what the token is asked for (RFC 8707), at most 10 absolute URIs without fragments; null for none.',
  })
  resource?: string[] | null;

  @Field(() => [ExtraParameterInput], {
    nullable: true,
    description: 'The whole new list of extra parameters, at most 10, each with its value; null for none. Left out, those of before stay.',
  })
  extraParameters?: ExtraParameterInput[] | null;

  @Field(() => String, { nullable: true, description: 'The name of the header that carries the token.' })
  headerFormat?: string;

  @Field(() => String, { nullable: true, description: "The header's value, with `%ACCESS_TOKEN%` where the token goes." })
  headerValueFormat?: string;
}

@InputType({ description: 'A change of a webhook: what is left out stays as it is.' })
export class UpdateWebhookInput {
  @Field(() => Int, {
    nullable: true,
    description:
      '`Webhook.version` as you have read it. Where the webhook has changed since, nothing is changed, and the error `CONFLICT` shows what is there now. Left out, the change is made whatever is there.',
  })
  version?: number;

  @Field(() => String, { nullable: true, description: 'The new name.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'The new description.' })
  description?: string;

  @Field(() => [UpdateHookInput], {
    nullable: true,
    description:
      'The whole new list of hooks. A hook that is not in it is removed and its open deliveries are cancelled; one that stays keeps its id and its history.',
  })
  hooks?: UpdateHookInput[];

  @Field(() => UpdateAuthenticationInput, { nullable: true, description: 'What changes of the authentication; null takes it away.' })
  authentication?: UpdateAuthenticationInput | null;
}
