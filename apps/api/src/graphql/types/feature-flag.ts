import { readFeatureFlags } from '../../flags/change-flag.ts';
import { FEATURE_FLAGS } from '../../flags/feature-flags.ts';
import { builder } from '../builder.ts';
import { FeatureFlagNameEnum, FlagSetterEnum } from '../enums.ts';
import { FeatureFlagRef, TenantRef } from '../refs.ts';

FeatureFlagRef.implement({
  description: 'A part of the platform that is switched on or off for a tenant.',
  fields: (t) => ({
    name: t.expose('name', { type: FeatureFlagNameEnum, description: 'Which part.' }),
    description: t.string({
      description: 'What works while it is on.',
      resolve: ({ name }) => FEATURE_FLAGS[name].description,
    }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether it is on now.' }),
    isEnabledByDefault: t.boolean({
      description: 'Whether it is on where nobody set it.',
      resolve: ({ name }) => FEATURE_FLAGS[name].isEnabled,
    }),
    setBy: t.field({
      type: FlagSetterEnum,
      description: 'Who may switch it.',
      resolve: ({ name }) => FEATURE_FLAGS[name].setBy,
    }),
    changedAt: t.expose('changedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was set; null where the default counts.',
    }),
  }),
});

builder.objectField(TenantRef, 'featureFlags', (t) =>
  t.field({
    type: [FeatureFlagRef],
    description: 'Every part of the platform that can be switched, and how it is.',
    resolve: ({ id }, _args, { session }) => session.read(id, 'flag.read', (client) => readFeatureFlags(client, id)),
  }),
);
