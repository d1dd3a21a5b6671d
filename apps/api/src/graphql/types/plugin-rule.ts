import { opaqueId, tenantNodeId } from '../../global-id.ts';
import {
  listPluginRules,
  type PluginRuleRow,
  RULE_EFFECTS,
  type RuleEffect,
  ruleKey,
} from '../../marketplace/rules/plugin-rules.ts';
import type { PipelineShutOut, ShutOut } from '../../marketplace/rules/rule-hits.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { TenantRef } from '../refs.ts';
import { describedEnum } from './described-enum.ts';

export const RuleEffectEnum = describedEnum<RuleEffect>('PluginRuleEffect', {
  description: 'What a rule does.',
  values: RULE_EFFECTS,
});

export const PluginRuleRef = builder.objectRef<PluginRuleRow>('PluginRule').implement({
  description: 'What a tenant lets in, or keeps out.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('PluginRule', id) }),
    pattern: t.exposeString('pattern', { description: 'A package or all of a scope: `@scope/name`, `@scope/*`.' }),
    effect: t.expose('effect', { type: RuleEffectEnum, description: 'What it does.' }),
    reason: t.exposeString('reason', { description: 'Why. Plain text.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.exposeString('createdBy'),
  }),
});

const PipelineShutOutRef = builder
  .objectRef<PipelineShutOut & { readonly tenantId: string }>('PipelineShutOut')
  .implement({
    description: 'A pipeline whose next run would be refused.',
    fields: (t) => ({
      pipelineId: t.id({
        description: 'Global id of the pipeline.',
        resolve: ({ tenantId, pipelineId }) => tenantNodeId('Pipeline', { tenantId, id: pipelineId }),
      }),
      name: t.exposeString('name', { description: 'Its name.' }),
      plugins: t.stringList({ description: 'What of it is kept out.', resolve: ({ plugins }) => [...plugins] }),
    }),
  });

export const ShutOutRef = builder.objectRef<ShutOut & { readonly tenantId: string }>('PluginRuleShutOut').implement({
  description: 'What a change of rules keeps out that was let in.',
  fields: (t) => ({
    plugins: t.stringList({
      description: 'Installed plugins, and those that come with the platform.',
      resolve: ({ plugins }) => [...plugins],
    }),
    pipelines: t.field({
      type: [PipelineShutOutRef],
      description: 'Pipelines that use them: the first hundred by name.',
      resolve: ({ pipelines, tenantId }) => pipelines.map((pipeline) => ({ ...pipeline, tenantId })),
    }),
    pipelineCount: t.exposeInt('pipelineCount', { description: 'How many pipelines there are in all.' }),
  }),
});

builder.objectField(TenantRef, 'pluginRules', (t) =>
  t.connection({
    type: PluginRuleRef,
    description: 'What this tenant lets in and keeps out, by pattern. Without a rule that allows, all is let in.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('pluginRules', args, 1, tenantId);
      const rows = await session.read(tenantId, 'plugin.read', (client) => listPluginRules(client, { tenantId, page }));
      return toConnection(page, rows, ruleKey);
    },
  }),
);
