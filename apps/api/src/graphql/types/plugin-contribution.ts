import { contributionsOf, type ContributionKind, type ManifestContribution } from '@ia-modules/plugin-sdk';
import { listBuiltInPlugins, type ShownBuiltIn } from '../../plugins/built-in-plugins.ts';
import { loadManifest } from '../../plugins/version-details.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { PluginRef, PluginVersionRef } from '../refs.ts';

const KINDS: Readonly<Record<ContributionKind, string>> = {
  step: 'Does work: `uses` of a step.',
  condition: 'Decides whether a transition is taken: a condition of the type `plugin`.',
  validator: 'Judges an input or output: `validate` of a step.',
  transform: 'Changes an input or output: `transform` of a step.',
  hook: 'Is called when something happens in a run: `hooks`.',
  reporter: 'Gets every event of a run: `reporters`.',
  exporter: 'Gets what runs measure: `exporters`.',
};

export const ContributionKindEnum = builder.enumType('ContributionKind', {
  description: 'What a plugin may add to pipelines. A contribution can only be used as what it is.',
  values: Object.fromEntries(
    Object.entries(KINDS).map(([kind, description]) => [kind.toUpperCase(), { value: kind, description }]),
  ) as Record<string, { value: ContributionKind; description: string }>,
});

const PluginContributionRef = builder.objectRef<ManifestContribution>('PluginContribution').implement({
  description: 'One thing that a plugin adds to pipelines.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ContributionKindEnum, description: 'What it is.' }),
    name: t.exposeString('name', { description: 'How definitions name it, behind the alias of the plugin: `send`.' }),
    title: t.exposeString('title', { description: 'What people call it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    icon: t.string({
      nullable: true,
      description: 'An SVG file of the package; null where it has the icon of its plugin.',
      resolve: ({ icon }) => icon ?? null,
    }),
    inputSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of a step: JSON Schema of its `with`.',
      resolve: (item) => (item.kind === 'step' ? item.input : null),
    }),
    outputSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of a step: JSON Schema of its output.',
      resolve: (item) => (item.kind === 'step' ? item.output : null),
    }),
    configSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of anything else: JSON Schema of its `with`, or of the `config` of a condition.',
      resolve: (item) => (item.kind === 'step' ? null : item.config),
    }),
  }),
});

const PluginDependencyRef = builder
  .objectRef<{ readonly name: string; readonly range: string }>('PluginDependency')
  .implement({
    description: 'Another plugin that one calls.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Name of the package: `@scope/name`.' }),
      range: t.exposeString('range', { description: 'The versions that fit: `^1.2.0`.' }),
    }),
  });

builder.objectFields(PluginVersionRef, (t) => ({
  contributions: t.field({
    type: [PluginContributionRef],
    description: 'All that it adds to pipelines, of every kind.',
    resolve: async (version, _args, context) => contributionsOf(await loadManifest(context, version)),
  }),
  dependencies: t.field({
    type: [PluginDependencyRef],
    description: 'What has to be installed with it.',
    resolve: async (version, _args, context) =>
      Object.entries((await loadManifest(context, version)).dependencies).map(([name, range]) => ({ name, range })),
  }),
}));

builder.objectField(PluginRef, 'contributions', (t) =>
  t.field({
    type: [PluginContributionRef],
    description: 'All that the latest version adds to pipelines, of every kind.',
    resolve: async ({ latest }, _args, context) => contributionsOf(await loadManifest(context, latest)),
  }),
);

const BuiltInPluginRef = builder.objectRef<ShownBuiltIn>('BuiltInPlugin').implement({
  description: 'A plugin that comes with the platform. Definitions use it without naming a package: `http.request`.',
  fields: (t) => ({
    alias: t.exposeString('alias', { description: 'What definitions call it.' }),
    name: t.exposeString('name', { description: 'Name of its package.' }),
    version: t.exposeString('version', { description: 'Its semantic version.' }),
    description: t.exposeString('description', { description: 'What it does, in a sentence or two.' }),
    icon: t.exposeString('icon', { nullable: true, description: 'An SVG as a `data:` address.' }),
    contributions: t.field({
      type: [PluginContributionRef],
      description: 'All that it adds to pipelines, of every kind.',
      resolve: ({ manifest }) => contributionsOf(manifest),
    }),
  }),
});

builder.queryField('builtInPlugins', (t) =>
  t.field({
    type: [BuiltInPluginRef],
    description: example(
      'The plugins that come with the platform: there for everybody, without an installation.',
      '{ builtInPlugins { alias description contributions { kind name title } } }',
    ),
    resolve: async () => [...(await listBuiltInPlugins())],
  }),
);
