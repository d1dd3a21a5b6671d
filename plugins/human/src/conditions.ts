import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { approvalField, readApproval } from './decisions.ts';

export const approved = defineCondition({
  name: 'approved',
  title: 'Approved',
  description: 'Holds when people have approved; with `on_reject: continue`, an approval succeeds either way.',
  config: z.strictObject({
    approval: approvalField,
    at_least: z.int().min(1).max(100).default(1).describe('How many different people must have approved.'),
  }),
  evaluate: ({ config, step }) => {
    const { approved: isApproved, decisions } = readApproval(config.approval ?? step.output);
    const people = new Set(decisions.filter(({ decision }) => decision === 'approve').map(({ by }) => by));
    // A deadline may have approved it without anybody.
    return isApproved && (config.at_least === 1 || people.size >= config.at_least);
  },
});

export const decidedBy = defineCondition({
  name: 'decided_by',
  title: 'Decided by',
  description: 'Holds when some people took part in a decision.',
  config: z.strictObject({
    approval: approvalField,
    people: z.array(z.string().min(1).max(200)).min(1).max(100).describe('Their ids, as decisions have them in `by`.'),
    decision: z.enum(['approve', 'reject', 'any']).default('any').describe('What they must have decided.'),
    match: z.enum(['any', 'all']).default('any').describe('Whether one of them is enough, or all must have.'),
  }),
  evaluate: ({ config, step }) => {
    const { decisions } = readApproval(config.approval ?? step.output);
    const counted = decisions.filter(({ decision }) => config.decision === 'any' || decision === config.decision);
    const people = new Set(counted.map(({ by }) => by));
    const took = (person: string): boolean => people.has(person.replace(/^user:/, ''));
    return config.match === 'any' ? config.people.some(took) : config.people.every(took);
  },
});
