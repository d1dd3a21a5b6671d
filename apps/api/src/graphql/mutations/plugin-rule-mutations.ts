import { requireTenantId } from '../../access.ts';
import { type ChangedRule, createPluginRule, deletePluginRule } from '../../marketplace/rules/plugin-rules.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { PluginRuleRef, RuleEffectEnum, ShutOutRef } from '../types/plugin-rule.ts';

const success = <Kind extends string>(kind: Kind) =>
  builder.objectRef<ChangedRule & { readonly kind: Kind; readonly tenantId: string }>(kind).implement({
    description: 'With `dryRun`, `shutOut` shows what it would do.',
    fields: (t) => ({
      rule: t.expose('rule', { type: PluginRuleRef, description: 'The rule.' }),
      shutOut: t.field({
        type: ShutOutRef,
        description: 'What this keeps out that was let in.',
        resolve: ({ shutOut, tenantId }) => ({ ...shutOut, tenantId }),
      }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was changed.' }),
    }),
  });

const CreatePluginRuleInput = builder.inputType('CreatePluginRuleInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    pattern: t.string({ required: true, description: 'A package or all of a scope: `@scope/name`, `@scope/*`.' }),
    effect: t.field({ type: RuleEffectEnum, required: true, description: 'What it does.' }),
    reason: t.string({ description: 'Why: up to 500 characters of plain text.' }),
    dryRun: t.boolean(),
  }),
});

builder.mutationField('createPluginRule', (t) =>
  t.field({
    type: resultUnion('CreatePluginRuleResult', success('CreatePluginRuleSuccess')),
    description: example(
      'Lets plugins into a tenant, or keeps them out: from installing, from being saved in pipelines, and from every attempt. What is denied stays out; as soon as something is allowed, all else does.',
      `
mutation {
  createPluginRule(input: {tenantId: "<tenant>", pattern: "@unknown/*", effect: DENY, dryRun: true}) {
    __typename
    ... on CreatePluginRuleSuccess { shutOut { plugins pipelineCount } }
  }
}`,
    ),
    args: { input: t.arg({ type: CreatePluginRuleInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const { pattern, effect } = input;
        const request = { tenantId, pattern, effect, reason: input.reason ?? '', dryRun: input.dryRun === true };
        return { kind: 'CreatePluginRuleSuccess' as const, tenantId, ...(await createPluginRule(context, request)) };
      }),
  }),
);

const DeletePluginRuleInput = builder.inputType('DeletePluginRuleInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    pattern: t.string({ required: true, description: 'That of the rule.' }),
    dryRun: t.boolean(),
  }),
});

builder.mutationField('deletePluginRule', (t) =>
  t.field({
    type: resultUnion('DeletePluginRuleResult', success('DeletePluginRuleSuccess')),
    description: example(
      'Takes a rule away. Without one of several rules that allow, what it named is kept out.',
      'mutation { deletePluginRule(input: {tenantId: "<tenant>", pattern: "<rulePattern>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: DeletePluginRuleInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const request = { tenantId, pattern: input.pattern, dryRun: input.dryRun === true };
        return { kind: 'DeletePluginRuleSuccess' as const, tenantId, ...(await deletePluginRule(context, request)) };
      }),
  }),
);
