import { defineEntity, p } from '@mikro-orm/core';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { SealedText } from './sealed-text.js';
import { WebhookSchema } from './webhook.js';

/** The words of RFC 6749 in lower case, as the configuration document and token requests spell them. */
export const GrantType = { CLIENT_CREDENTIALS: 'client_credentials' } as const;
export type GrantType = (typeof GrantType)[keyof typeof GrantType];

registerEnumType(GrantType, {
  name: 'GrantType',
  description: 'How an access token is had.',
  valuesConfig: { CLIENT_CREDENTIALS: { description: 'OAuth2 client credentials (RFC 6749, section 4.4).' } },
});

export const ClientAuthentication = { BASIC: 'BASIC', BODY: 'BODY' } as const;
export type ClientAuthentication = (typeof ClientAuthentication)[keyof typeof ClientAuthentication];

registerEnumType(ClientAuthentication, {
  name: 'ClientAuthentication',
  description: 'How the client shows its id and secret to the token endpoint (RFC 6749, section 2.3.1).',
  valuesConfig: {
    BASIC: { description: 'In the Authorization header, by HTTP Basic.' },
    BODY: { description: 'In the form body, as client_id and client_secret.' },
  },
});

export const AuthenticationSchema = defineEntity({
  name: 'Authentication',
  tableName: 'authentications',
  properties: {
    id: p.uuid().primary(),
    webhookId: p.oneToOne(WebhookSchema).mapToPk().fieldName('webhook_id').owner(),
    /** Rises with each change; a token fetched for an earlier version is never used. */
    version: p.integer(),
    grantType: p.text().$type<GrantType>(),
    endpoint: p.text(),
    clientId: p.text(),
    clientSecret: p.text().$type<SealedText>(),
    clientAuthentication: p.text().$type<ClientAuthentication>(),
    scope: p.text().nullable(),
    audience: p.text().nullable(),
    resource: p.json<string[]>().columnType('json').nullable(),
    /** What the token endpoint gets beside: a list of names and values as JSON. Any of the values may be a secret. */
    extraParameters: p.text().$type<SealedText>().nullable(),
    headerFormat: p.text(),
    /** What stands beside the token may be a secret. */
    headerValueFormat: p.text().$type<SealedText>(),
  },
});

@ObjectType({
  description: "How a webhook's receivers know us: an OAuth2 grant whose access token goes into a header. The client secret is write-only.",
})
export class Authentication extends AuthenticationSchema.class {
  @Field(() => GrantType, { description: 'The grant by which the token is had.' })
  override grantType!: GrantType;

  @Field(() => String, { description: 'The URL of the token endpoint.' })
  override endpoint!: string;

  @Field(() => String, { description: "The client's id at the token endpoint." })
  override clientId!: string;

  @Field(() => ClientAuthentication, { description: 'How the client shows its id and secret.' })
  override clientAuthentication!: ClientAuthentication;

  @Field(() => String, { nullable: true, description: 'The scope asked for; null for none.' })
  override scope!: string | null;

  @Field(() => String, { nullable: true, description: 'The audience asked for; null for none.' })
  override audience!: string | null;

  @Field(() => String, { description: 'The name of the header that carries the token, such as `Authorization`.' })
  override headerFormat!: string;

  @Field(() => Int, { description: 'Rises with each change. A token fetched for an earlier version is never used.' })
  override version!: number;
}

AuthenticationSchema.setClass(Authentication);
