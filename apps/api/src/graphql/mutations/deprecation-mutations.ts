import { requireTenantId } from '../../access.ts';
import { deprecatePlugin, type DeprecatedVersions } from '../../marketplace/deprecation/deprecate-plugin.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';

const success = <Kind extends string>(kind: Kind) =>
  builder.objectRef<DeprecatedVersions & { readonly kind: Kind }>(kind).implement({
    fields: (t) => ({
      pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
      versions: t.stringList({
        description: 'The versions that it holds for, the lowest first.',
        resolve: ({ versions }) => [...versions],
      }),
    }),
  });

const DeprecatePluginInput = builder.inputType('DeprecatePluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Global id of the tenant that publishes the plugin.' }),
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    versionRange: t.string({ required: true, description: 'The versions: `<2.0.0`, `*`.' }),
    message: t.string({ required: true, description: 'Why not to use them: up to 500 characters of plain text.' }),
    replacement: t.string({
      description:
        'What to use instead: a package that whoever sees this one sees, with a range or without: `@scope/name@^2`.',
    }),
  }),
});

builder.mutationField('deprecatePlugin', (t) =>
  t.field({
    type: resultUnion('DeprecatePluginResult', success('DeprecatePluginSuccess')),
    description: example(
      'Advises against versions of a plugin, and says what to use instead. What runs goes on; npm is told a moment later.',
      `
mutation {
  deprecatePlugin(input: {tenantId: "<tenant>", name: "<plugin>", versionRange: "<1.1.0", message: "Slow.", replacement: "<plugin>@^1.1.0"}) {
    __typename
    ... on DeprecatePluginSuccess { versions }
  }
}`,
    ),
    args: { input: t.arg({ type: DeprecatePluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DeprecatePluginSuccess' as const,
        ...(await deprecatePlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          pluginName: input.name,
          versionRange: input.versionRange,
          deprecation: { message: input.message, replacement: input.replacement ?? null },
        })),
      })),
  }),
);

const UndeprecatePluginInput = builder.inputType('UndeprecatePluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Global id of the tenant that publishes the plugin.' }),
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    versionRange: t.string({ required: true, description: 'The versions: `<2.0.0`, `*`.' }),
  }),
});

builder.mutationField('undeprecatePlugin', (t) =>
  t.field({
    type: resultUnion('UndeprecatePluginResult', success('UndeprecatePluginSuccess')),
    description: example(
      'Takes back what was said against versions of a plugin.',
      'mutation { undeprecatePlugin(input: {tenantId: "<tenant>", name: "<plugin>", versionRange: "*"}) { __typename } }',
    ),
    args: { input: t.arg({ type: UndeprecatePluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'UndeprecatePluginSuccess' as const,
        ...(await deprecatePlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          pluginName: input.name,
          versionRange: input.versionRange,
          deprecation: null,
        })),
      })),
  }),
);
