import { requireTenantId } from '../../access.ts';
import { changeFeatureFlag, type FeatureFlagState } from '../../flags/change-flag.ts';
import { builder } from '../builder.ts';
import { FeatureFlagNameEnum } from '../enums.ts';
import { example } from '../example.ts';
import { FeatureFlagRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const SetFeatureFlagInput = builder.inputType('SetFeatureFlagInput', {
  description: 'Which part to switch, and how.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Of which tenant.' }),
    name: t.field({ type: FeatureFlagNameEnum, required: true, description: 'Which part.' }),
    isEnabled: t.boolean({ required: true, description: 'On or off.' }),
  }),
});

const SetFeatureFlagSuccess = builder
  .objectRef<{ readonly kind: 'SetFeatureFlagSuccess'; readonly featureFlag: FeatureFlagState }>(
    'SetFeatureFlagSuccess',
  )
  .implement({
    description: 'It is switched: everywhere within two seconds.',
    fields: (t) => ({ featureFlag: t.expose('featureFlag', { type: FeatureFlagRef, description: 'As it is now.' }) }),
  });

builder.mutationField('setFeatureFlag', (t) =>
  t.field({
    type: resultUnion('SetFeatureFlagResult', SetFeatureFlagSuccess),
    description: example(
      'Switches a part of the platform on or off for a tenant.',
      `mutation { setFeatureFlag(input: {tenantId: "<tenant>", name: COMMUNITY_PLUGINS, isEnabled: false}) {
  __typename ... on SetFeatureFlagSuccess { featureFlag { name isEnabled } } } }`,
    ),
    args: { input: t.arg({ type: SetFeatureFlagInput, required: true, description: 'What to switch.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const { name, isEnabled } = input;
        const featureFlag = await changeFeatureFlag(context, { tenantId, name, isEnabled });
        return { kind: 'SetFeatureFlagSuccess' as const, featureFlag };
      }),
  }),
);

const ResetFeatureFlagInput = builder.inputType('ResetFeatureFlagInput', {
  description: 'Which part to take back to its default.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Of which tenant.' }),
    name: t.field({ type: FeatureFlagNameEnum, required: true, description: 'Which part.' }),
  }),
});

const ResetFeatureFlagSuccess = builder
  .objectRef<{ readonly kind: 'ResetFeatureFlagSuccess'; readonly featureFlag: FeatureFlagState }>(
    'ResetFeatureFlagSuccess',
  )
  .implement({
    description: 'The default counts again: everywhere within two seconds.',
    fields: (t) => ({ featureFlag: t.expose('featureFlag', { type: FeatureFlagRef, description: 'As it is now.' }) }),
  });

builder.mutationField('resetFeatureFlag', (t) =>
  t.field({
    type: resultUnion('ResetFeatureFlagResult', ResetFeatureFlagSuccess),
    description: example(
      'Takes a part of the platform back to its default for a tenant.',
      `mutation { resetFeatureFlag(input: {tenantId: "<tenant>", name: COMMUNITY_PLUGINS}) { __typename } }`,
    ),
    args: { input: t.arg({ type: ResetFeatureFlagInput, required: true, description: 'What to take back.' }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const featureFlag = await changeFeatureFlag(context, { tenantId, name: input.name, isEnabled: null });
        return { kind: 'ResetFeatureFlagSuccess' as const, featureFlag };
      }),
  }),
);
