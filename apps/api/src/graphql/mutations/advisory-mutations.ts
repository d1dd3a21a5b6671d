import { publishAdvisory, withdrawAdvisory } from '../../marketplace/advisories/change-advisory.ts';
import type { AdvisoryRow } from '../../marketplace/advisories/advisory-rows.ts';
import { requireRowId } from '../../marketplace/row-id.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { AdvisoryRef, AdvisorySeverityEnum } from '../types/advisory.ts';

const success = <Kind extends string>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly advisory: AdvisoryRow }>(kind).implement({
    fields: (t) => ({ advisory: t.expose('advisory', { type: AdvisoryRef, description: 'As it is now.' }) }),
  });

const PublishAdvisoryInput = builder.inputType('PublishAdvisoryInput', {
  description: 'A warning about versions of a plugin.',
  fields: (t) => ({
    pluginName: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    affectedRange: t.string({
      required: true,
      description: 'Which versions, as npm writes ranges: `<1.2.3`. Prereleases count, and versions published later.',
    }),
    patchedRange: t.string({ description: 'Versions without it: `>=1.2.3`.' }),
    severity: t.field({ type: AdvisorySeverityEnum, required: true, description: 'How much it is about.' }),
    title: t.string({ required: true, description: 'In a line: up to 200 characters of plain text.' }),
    description: t.string({ description: 'All about it: up to 10,000 characters of plain text.' }),
  }),
});

builder.mutationField('publishAdvisory', (t) =>
  t.field({
    type: resultUnion('PublishAdvisoryResult', success('PublishAdvisorySuccess')),
    description: example(
      'Warns of versions of a plugin: at once nothing new starts with them, in any tenant, and runs fail at their next attempt of it. For members of the owner who may publish, and for the operator of the platform.',
      `
mutation {
  publishAdvisory(input: {
    pluginName: "<plugin>", affectedRange: "<1.0.1", patchedRange: ">=1.0.1", severity: HIGH, title: "It leaks what it reads."
  }) { __typename ... on PublishAdvisorySuccess { advisory { id versions } } }
}`,
    ),
    args: { input: t.arg({ type: PublishAdvisoryInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'PublishAdvisorySuccess' as const,
        advisory: await publishAdvisory(context, {
          ...input,
          patchedRange: input.patchedRange ?? null,
          description: input.description ?? '',
        }),
      })),
  }),
);

const WithdrawAdvisoryInput = builder.inputType('WithdrawAdvisoryInput', {
  description: 'A warning that does not hold.',
  fields: (t) => ({ advisoryId: t.id({ required: true, description: 'Global id of the advisory.' }) }),
});

builder.mutationField('withdrawAdvisory', (t) =>
  t.field({
    type: resultUnion('WithdrawAdvisoryResult', success('WithdrawAdvisorySuccess')),
    description: example(
      'Takes a warning back: its versions start again. It stays to be read.',
      `
# answers: NotFound
mutation { withdrawAdvisory(input: {advisoryId: "unknown"}) { __typename ... on Error { message } } }`,
    ),
    args: { input: t.arg({ type: WithdrawAdvisoryInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'WithdrawAdvisorySuccess' as const,
        advisory: await withdrawAdvisory(context, requireRowId(context, 'Advisory', input.advisoryId)),
      })),
  }),
);
