import { notFound, requireTenantId, requireTenantNodeId } from '../../access.ts';
import { parseTenantNodeId } from '../../global-id.ts';
import { cancelRehearsal, requestRehearsal } from '../../rehearsals/change-rehearsals.ts';
import type { RehearsalRow } from '../../rehearsals/rehearsal-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { RehearsalRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const RehearseUpgradeInput = builder.inputType('RehearseUpgradeInput', {
  description: 'What is rehearsed, and on which recorded attempts.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Whose runs.' }),
    name: t.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
    toVersion: t.string({
      required: true,
      description: 'The new version, or a range: its newest that is not deprecated.',
    }),
    pipelineId: t.id({ description: 'Only attempts of runs of this pipeline.' }),
    stepId: t.string({ description: 'Only attempts of this step.' }),
    contribution: t.string({ description: 'Only attempts that called this contribution of the plugin.' }),
    samples: t.int({ description: 'How many attempts at most, 1 to 100. Default: 20.' }),
  }),
});

const RehearseUpgradeSuccess = builder
  .objectRef<{ readonly kind: 'RehearseUpgradeSuccess'; readonly rehearsal: RehearsalRow }>('RehearseUpgradeSuccess')
  .implement({
    description: 'The rehearsal is asked for.',
    fields: (t) => ({
      rehearsal: t.expose('rehearsal', { type: RehearsalRef, description: 'Read it again to follow it.' }),
    }),
  });

builder.mutationField('rehearseUpgrade', (t) =>
  t.field({
    type: resultUnion('RehearseUpgradeResult', RehearseUpgradeSuccess),
    description: example(
      'Makes recorded attempts of a plugin again with another version, in the sandbox, and shows what differs. Changes nothing. It shows what runs were given: it needs `run.read` and `pipeline.write`.',
      `
mutation {
  rehearseUpgrade(input: {tenantId: "<tenant>", name: "<upgradable>", toVersion: "1.1.0", samples: 10}) {
    __typename
    ... on RehearseUpgradeSuccess { rehearsal { id status toVersion } }
  }
}`,
    ),
    args: { input: t.arg({ type: RehearseUpgradeInput, required: true, description: 'What, and on what.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        return {
          kind: 'RehearseUpgradeSuccess' as const,
          rehearsal: await requestRehearsal(context, {
            tenantId,
            name: input.name,
            toVersion: input.toVersion,
            pipelineId: pipelineIn(tenantId, input.pipelineId ?? null),
            stepId: input.stepId ?? null,
            contribution: input.contribution ?? null,
            samples: input.samples ?? null,
          }),
        };
      }),
  }),
);

const pipelineIn = (tenantId: string, globalId: string | null): string | null => {
  if (globalId === null) return null;
  const key = parseTenantNodeId('Pipeline', globalId);
  if (key === null || key.tenantId !== tenantId) throw notFound();
  return key.id;
};

const CancelRehearsalInput = builder.inputType('CancelRehearsalInput', {
  description: 'A rehearsal that ends.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Of the rehearsal.' }) }),
});

const CancelRehearsalSuccess = builder
  .objectRef<{ readonly kind: 'CancelRehearsalSuccess'; readonly rehearsal: RehearsalRow }>('CancelRehearsalSuccess')
  .implement({
    description: 'The rehearsal is over.',
    fields: (t) => ({
      rehearsal: t.expose('rehearsal', { type: RehearsalRef, description: 'As it is now.' }),
    }),
  });

builder.mutationField('cancelRehearsal', (t) =>
  t.field({
    type: resultUnion('CancelRehearsalResult', CancelRehearsalSuccess),
    description: example(
      'Ends a rehearsal that waits or runs; one that is over stays as it is.',
      'mutation { cancelRehearsal(input: { id: "<rehearsal>" }) { __typename ... on Error { message } } }',
    ),
    args: { input: t.arg({ type: CancelRehearsalInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input: { id } }, context) =>
      answer(async () => ({
        kind: 'CancelRehearsalSuccess' as const,
        rehearsal: await cancelRehearsal(context, requireTenantNodeId(context.viewer.principal, 'Rehearsal', id)),
      })),
  }),
);
