import { GraphQLDateTime } from 'graphql-scalars';
import { createUnionType, Field, Int, ObjectType } from 'type-graphql';
import type { Outcome } from '../send/outcome.js';
import { HttpHeader } from './http-header.js';

const RECEIVED_STATUS = 'The HTTP status, where its line had come before that; it decides nothing. Null where there was none.';

@ObjectType({ description: 'The receiver answered. A 2xx status is success; every other one, redirects included, is failure.' })
export class ResponseReceived {
  @Field(() => Int, { description: 'The HTTP status.' })
  status!: number;

  @Field(() => [HttpHeader], { description: "The answer's headers." })
  headers!: HttpHeader[];

  @Field(() => String, {
    description:
      "The first 16 KiB of the answer's body, decompressed (gzip, deflate, br, zstd), as text by its byte order mark or its charset, or else UTF-8.",
  })
  body!: string;

  @Field(() => Boolean, {
    description:
      'Whether the body was longer than what is kept, or had not ended two seconds after the headers, or could not be read to its end.',
  })
  bodyTruncated!: boolean;

  /** A field of the API by its resolver: it is stored where it does not follow from the body. */
  bodyBytes?: number;

  @Field(() => String, {
    nullable: true,
    description:
      'What is the matter with `body`: compressed in a way that is not known or that is broken, or of an unknown charset. It decides nothing. Null where nothing is.',
  })
  bodyError?: string;

  @Field(() => String, {
    nullable: true,
    description: 'What about the answer is not as HTTP asks. Its status counts all the same. Null where nothing is wrong.',
  })
  protocolError?: string;

  @Field(() => String, { nullable: true, description: 'The status line as it came, with `protocolError`; null otherwise.' })
  statusLine?: string;
}

@ObjectType({ description: "The time for the attempt was up before the answer's headers were complete." })
export class TimedOut {
  @Field(() => String, { description: 'What was waited for, and how long.' })
  message!: string;

  @Field(() => Int, { nullable: true, description: RECEIVED_STATUS })
  receivedStatus?: number;
}

@ObjectType({ description: 'There was no connection, or it broke or spoke no HTTP before the answer was complete.' })
export class ConnectionFailed {
  @Field(() => String, { description: "The system's code, such as `ECONNREFUSED` or `ENOTFOUND`." })
  code!: string;

  @Field(() => String, { description: 'What went wrong.' })
  message!: string;

  @Field(() => Int, { nullable: true, description: RECEIVED_STATUS })
  receivedStatus?: number;
}

@ObjectType({
  description:
    'The endpoint, as it is written, is one that the operator does not allow. Nothing was sent. A host name that leads to such an address is `ConnectionFailed` with `ENOTFOUND`, as one that does not exist.',
})
export class AddressRefused {
  @Field(() => String, { description: 'The refusal; it is the same for every refused address.' })
  message!: string;
}

@ObjectType({ description: 'No access token could be had. Nothing was sent to the endpoint.' })
export class AuthenticationFailed {
  @Field(() => String, { description: 'What the token endpoint did.' })
  message!: string;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'The soonest time at which the token endpoint is asked again; null for at once.',
  })
  notBefore!: number | null;
}

const typeOfKind = {
  RESPONSE_RECEIVED: ResponseReceived,
  TIMED_OUT: TimedOut,
  CONNECTION_FAILED: ConnectionFailed,
  ADDRESS_REFUSED: AddressRefused,
  AUTHENTICATION_FAILED: AuthenticationFailed,
} as const satisfies Record<Outcome['kind'], object>;

export const AttemptOutcome = createUnionType({
  name: 'AttemptOutcome',
  description: 'What came of an attempt.',
  types: () => Object.values(typeOfKind),
  resolveType: (outcome: unknown) => typeOfKind[(outcome as Outcome).kind],
});
