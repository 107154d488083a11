import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Hook } from './hook.js';

export const HookHealthStatus = { HEALTHY: 'HEALTHY', FAILING: 'FAILING', PAUSED: 'PAUSED', DISABLED: 'DISABLED' } as const;
export type HookHealthStatus = (typeof HookHealthStatus)[keyof typeof HookHealthStatus];

registerEnumType(HookHealthStatus, {
  name: 'HookHealthStatus',
  description: 'How a hook is doing.',
  valuesConfig: {
    HEALTHY: { description: 'Its attempts succeed, or have not failed for long.' },
    FAILING: { description: 'Every attempt has failed for a minute or longer. It is attempted all the same.' },
    PAUSED: { description: 'A person paused it: its deliveries are held until it is resumed.' },
    DISABLED: { description: 'The server switched it off, for the reason given: its deliveries are held until a person resumes it.' },
  },
});

export const DisabledReason = { GONE: 'GONE', FAILING: 'FAILING' } as const;
export type DisabledReason = (typeof DisabledReason)[keyof typeof DisabledReason];

registerEnumType(DisabledReason, {
  name: 'DisabledReason',
  description: 'Why the server switched a hook off.',
  valuesConfig: {
    GONE: { description: 'The receiver answered 410 (Gone).' },
    FAILING: { description: 'Every attempt has failed for as long as the server puts up with: 5 days, unless it is set otherwise.' },
  },
});

@ObjectType({ description: 'How a hook is doing, and since when.' })
export class HookHealth {
  @Field(() => HookHealthStatus, { description: 'How it is doing.' })
  status!: HookHealthStatus;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Since when: of a failing hook, the first of the failed attempts. Null while it is healthy.',
  })
  since!: number | null;

  @Field(() => DisabledReason, { nullable: true, description: 'Why it was switched off; null while it is not.' })
  disabledReason!: DisabledReason | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When a failing hook will be switched off, should every attempt go on failing; null while it is not failing.',
  })
  disablesAt!: number | null;
}

/** The columns that a hook's health is read from. */
export type HealthColumns = Pick<Hook, 'status' | 'statusChangedAt' | 'disabledReason' | 'failingSince' | 'warningCount'>;

/** How a hook is doing. `disableAfterMs` is how long one may fail before it is switched off. */
export function healthOf(hook: HealthColumns, disableAfterMs: number): HookHealth {
  const { status, statusChangedAt, disabledReason, failingSince, warningCount } = hook;
  if (status === 'PAUSED') return { status, since: statusChangedAt, disabledReason: null, disablesAt: null };
  if (status === 'DISABLED') return { status, since: statusChangedAt, disabledReason, disablesAt: null };
  if (failingSince === null || warningCount === 0) return { status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null };
  return { status: 'FAILING', since: failingSince, disabledReason: null, disablesAt: failingSince + disableAfterMs };
}
