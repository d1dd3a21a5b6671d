import { requireTenantId } from '../../access.ts';
import {
  type GivenGrant,
  type InstalledByRequest,
  installPlugin,
  uninstallPlugin,
} from '../../plugins/install-plugin.ts';
import { type UpgradedPlugin, upgradePlugin } from '../../plugins/upgrade-plugin.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef, InstallationRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { PermissionChangesRef } from '../types/plugin-permissions.ts';

const PermissionGrantInput = builder.inputType('PermissionGrantInput', {
  description:
    'What a tenant allows a plugin: all of what its manifest asks for, or less. What is left out is not granted.',
  fields: (t) => ({
    net: t.stringList({ description: 'Hosts, written as the manifest writes them.' }),
    secrets: t.stringList({ description: 'Names of secrets.' }),
    blobs: t.boolean({ description: 'Whether it may keep bytes beside a run, and read those that steps hand on.' }),
  }),
});

type GrantInput = typeof PermissionGrantInput.$inferInput;

const givenGrant = ({ net, secrets, blobs }: GrantInput): GivenGrant => ({
  net: net ?? [],
  secrets: secrets ?? [],
  blobs: blobs === true,
});

const InstallPluginInput = builder.inputType('InstallPluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true }),
    version: t.string({ description: 'A version or a range; the newest that is not deprecated when left out.' }),
    grant: t.field({ description: 'What the tenant allows it.', type: PermissionGrantInput, required: true }),
  }),
});

const InstallPluginSuccess = builder
  .objectRef<InstalledByRequest & { readonly kind: 'InstallPluginSuccess' }>('InstallPluginSuccess')
  .implement({
    description: 'The plugin is installed.',
    fields: (t) => ({
      installation: t.expose('installation', { type: InstallationRef, description: 'What the tenant has now.' }),
      diagnostics: t.field({
        type: [DiagnosticRef],
        description: 'Warnings: secrets that are granted and not set yet.',
        resolve: ({ diagnostics }) => [...diagnostics],
      }),
    }),
  });

builder.mutationField('installPlugin', (t) =>
  t.field({
    type: resultUnion('InstallPluginResult', InstallPluginSuccess),
    description: example(
      'Installs a plugin, or changes the version or the grant of an installed one.',
      `
mutation {
  installPlugin(input: {tenantId: "<tenant>", name: "<plugin>", version: "^1.0.0", grant: {net: ["api.example.com"]}}) {
    __typename
    ... on ValidationFailed { diagnostics { path message } }
  }
}`,
    ),
    args: { input: t.arg({ type: InstallPluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'InstallPluginSuccess' as const,
        ...(await installPlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          name: input.name,
          version: input.version ?? null,
          grant: givenGrant(input.grant),
        })),
      })),
  }),
);

const UpgradePluginInput = builder.inputType('UpgradePluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
    version: t.string({ description: 'A version or a range; the newest that is not deprecated when left out.' }),
    grant: t.field({
      type: PermissionGrantInput,
      description: 'Default: what is granted now, as far as the version still asks for it. Nothing new is granted.',
    }),
    dryRun: t.boolean(),
  }),
});

const UpgradePluginSuccess = builder
  .objectRef<UpgradedPlugin & { readonly kind: 'UpgradePluginSuccess' }>('UpgradePluginSuccess')
  .implement({
    description: 'With `dryRun`, `installation` shows what it would become.',
    fields: (t) => ({
      installation: t.expose('installation', { type: InstallationRef, description: 'As it is now.' }),
      previousVersion: t.exposeString('previousVersion', { description: 'The version that was there before.' }),
      permissionChanges: t.expose('permissionChanges', {
        type: PermissionChangesRef,
        description: 'What this version asks for that the one before did not.',
      }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was changed.' }),
    }),
  });

builder.mutationField('upgradePlugin', (t) =>
  t.field({
    type: resultUnion('UpgradePluginResult', UpgradePluginSuccess),
    description: example(
      'Puts another version of an installed plugin in the place of the one that is there. It gets no permission that is not granted.',
      `
mutation {
  upgradePlugin(input: {tenantId: "<tenant>", name: "<upgradable>", dryRun: true}) {
    __typename
    ... on UpgradePluginSuccess { installation { version } permissionChanges { isWidened addedNet addedSecrets } }
  }
}`,
    ),
    args: { input: t.arg({ type: UpgradePluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'UpgradePluginSuccess' as const,
        ...(await upgradePlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          name: input.name,
          version: input.version ?? null,
          grant: input.grant ? givenGrant(input.grant) : null,
          dryRun: input.dryRun === true,
        })),
      })),
  }),
);

const UninstallPluginInput = builder.inputType('UninstallPluginInput', {
  fields: (t) => ({ tenantId: t.id({ required: true }), name: t.string({ required: true }) }),
});

const UninstallPluginSuccess = builder
  .objectRef<{ readonly kind: 'UninstallPluginSuccess'; readonly name: string }>('UninstallPluginSuccess')
  .implement({
    fields: (t) => ({ name: t.exposeString('name', { description: 'Name of the package that was removed.' }) }),
  });

builder.mutationField('uninstallPlugin', (t) =>
  t.field({
    type: resultUnion('UninstallPluginResult', UninstallPluginSuccess),
    description: example(
      'Removes a plugin from a tenant; refused while a pipeline uses it.',
      `
# answers: NotFound
mutation { uninstallPlugin(input: {tenantId: "<tenant>", name: "@acme/unknown"}) { __typename ... on Error { message } } }`,
    ),
    args: { input: t.arg({ type: UninstallPluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        await uninstallPlugin(context, requireTenantId(context.viewer.principal, input.tenantId), input.name);
        return { kind: 'UninstallPluginSuccess' as const, name: input.name };
      }),
  }),
);
