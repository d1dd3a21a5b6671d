import { compareContributions, type ContributionChange } from '../../marketplace/differences/compare-contributions.ts';
import { comparePermissions, isWidened, type PermissionChanges } from '../../plugins/permission-changes.ts';
import { loadManifest } from '../../plugins/version-details.ts';
import { builder } from '../builder.ts';
import { PluginVersionRef } from '../refs.ts';
import { ContributionChangeRef } from './contribution-changes.ts';
import { PermissionChangesRef } from './plugin-permissions.ts';

type VersionChanges = {
  readonly permissions: PermissionChanges;
  readonly contributions: readonly ContributionChange[];
};

const VersionChangesRef = builder.objectRef<VersionChanges>('PluginVersionChanges').implement({
  description: 'How a version of a plugin differs from another one.',
  fields: (t) => ({
    isBreaking: t.boolean({
      description:
        'Whether pipelines may fail with it: what they use is gone, takes less, gives other things, or asks for more.',
      resolve: ({ permissions, contributions }) =>
        isWidened(permissions) || contributions.some(({ isBreaking }) => isBreaking),
    }),
    permissions: t.expose('permissions', { type: PermissionChangesRef, description: 'How what it asks for differs.' }),
    contributions: t.field({
      type: [ContributionChangeRef],
      description: 'The contributions that differ.',
      resolve: ({ contributions }) => [...contributions],
    }),
  }),
});

/** Two manifests are read and compared. */
const COMPARISON_COST = { field: 20, multiplier: 1 };

builder.objectField(PluginVersionRef, 'changesSince', (t) =>
  t.field({
    type: VersionChangesRef,
    description: 'How it differs from another version, as a rule an earlier one.',
    complexity: COMPARISON_COST,
    args: { version: t.arg.string({ required: true, description: 'The version to compare with: `1.2.0`.' }) },
    resolve: async (row, { version }, context) => {
      const [before, after] = await Promise.all([
        loadManifest(context, { ...row, version }),
        loadManifest(context, row),
      ]);
      return {
        permissions: comparePermissions(before.permissions, after.permissions),
        contributions: compareContributions(before, after),
      };
    },
  }),
);
