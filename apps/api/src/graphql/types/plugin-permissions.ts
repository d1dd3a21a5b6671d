import { notFound } from '../../access.ts';
import { comparePermissions, isWidened, type PermissionChanges } from '../../plugins/permission-changes.ts';
import { loadManifest } from '../../plugins/version-details.ts';
import { builder } from '../builder.ts';
import { PluginRef } from '../refs.ts';

export const PermissionChangesRef = builder.objectRef<PermissionChanges>('PermissionChanges').implement({
  description: 'How what a version of a plugin asks for differs from what another one asks for.',
  fields: (t) => ({
    isWidened: t.boolean({
      description: 'Whether it asks for anything that the other one did not.',
      resolve: (changes) => isWidened(changes),
    }),
    addedNet: t.stringList({
      description: 'Hosts that it asks for in addition.',
      resolve: ({ addedNet }) => [...addedNet],
    }),
    removedNet: t.stringList({
      description: 'Hosts that it does not ask for any more.',
      resolve: ({ removedNet }) => [...removedNet],
    }),
    addedSecrets: t.stringList({
      description: 'Secrets that it asks for in addition.',
      resolve: ({ addedSecrets }) => [...addedSecrets],
    }),
    removedSecrets: t.stringList({
      description: 'Secrets that it does not ask for any more.',
      resolve: ({ removedSecrets }) => [...removedSecrets],
    }),
    addedBlobs: t.exposeBoolean('addedBlobs', { description: 'Whether it asks for stored bytes in addition.' }),
    removedBlobs: t.exposeBoolean('removedBlobs', { description: 'Whether it asks for stored bytes no more.' }),
  }),
});

/** A statement of its own. */
const COMPARISON_COST = { field: 20, multiplier: 1 };

builder.objectField(PluginRef, 'permissionChanges', (t) =>
  t.field({
    type: PermissionChangesRef,
    description: 'How what one version asks for differs from what another one asks for.',
    complexity: COMPARISON_COST,
    args: {
      from: t.arg.string({ required: true, description: 'The version to start from: `1.2.0`.' }),
      to: t.arg.string({ description: 'The version to compare. Default: the latest.' }),
    },
    resolve: async ({ latest }, { from, to }, context) => {
      const [before, after] = await Promise.all(
        [from, to ?? latest.version].map((version) => loadManifest(context, { ...latest, version })),
      );
      if (before === undefined || after === undefined) throw notFound();
      return comparePermissions(before.permissions, after.permissions);
    },
  }),
);
