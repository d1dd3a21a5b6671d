import { requireTenantId } from '../../access.ts';
import { type InstalledByRequest, installPlugin, uninstallPlugin } from '../../plugins/install-plugin.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef, InstallationRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { givenGrant, PermissionGrantInput } from './grant-input.ts';

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
        description: 'Warnings: secrets that are granted and not set yet, and that the version is deprecated.',
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
      'Removes a plugin from a tenant, in all its versions; refused while a pipeline uses it.',
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
