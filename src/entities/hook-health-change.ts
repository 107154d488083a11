import { defineEntity, p } from '@mikro-orm/core';
import { SequenceType } from './column-types.js';
import type { DisabledReason, HookHealthStatus } from './hook-health.js';

/**
 * The log of what became of hooks' health, in the order of commits; `sequence` is what a subscriber's cursor stands for.
 * A hook that goes on failing has an entry for each warning.
 */
export const HookHealthChangeSchema = defineEntity({
  name: 'HookHealthChange',
  tableName: 'hook_health_changes',
  properties: {
    sequence: p.type(SequenceType).primary().autoincrement(),
    organizationId: p.uuid(),
    webhookId: p.uuid(),
    hookId: p.uuid(),
    status: p.text().$type<HookHealthStatus>(),
    since: p.bigint('number').nullable(),
    disabledReason: p.text().$type<DisabledReason>().nullable(),
    disablesAt: p.bigint('number').nullable(),
    changedAt: p.bigint('number'),
  },
  indexes: [{ properties: ['organizationId', 'sequence'] }],
});

export class HookHealthChange extends HookHealthChangeSchema.class {}

HookHealthChangeSchema.setClass(HookHealthChange);
