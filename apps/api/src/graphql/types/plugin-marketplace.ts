import { builtInNamed } from '@ia-modules/built-in-plugins';
import { PLATFORM_VERSION } from '@ia-modules/service';
import type { ApiContext } from '../../context.ts';
import { knownCategory } from '../../marketplace/search/plugin-categories.ts';
import { DEFAULT_DAYS, loadStatistics, MAX_DAYS, type PluginDay } from '../../marketplace/search/plugin-statistics.ts';
import { renderInTurn } from '../../marketplace/readme/render-readme.ts';
import { listBuiltInPlugins } from '../../plugins/built-in-plugins.ts';
import type { VisiblePlugin } from '../../plugins/catalogue.ts';
import { loadPlugin } from '../../plugins/load-plugin.ts';
import type { PluginVersionRow } from '../../plugins/plugin-rows.ts';
import { isCompatible } from '../../plugins/version-ranges.ts';
import { loadManifest, loadTexts } from '../../plugins/version-details.ts';
import { builder } from '../builder.ts';
import { statementCost } from '../connection-cost.ts';
import { PluginRef, PluginVersionRef } from '../refs.ts';
import { PluginCategoryEnum } from './plugin-category.ts';

type Compatibility = { readonly range: string | null };

const CompatibilityRef = builder.objectRef<Compatibility>('PluginCompatibility').implement({
  description: 'Whether a version works with the platform that answers.',
  fields: (t) => ({
    isCompatible: t.boolean({ description: 'Whether it does.', resolve: ({ range }) => isCompatible(range) }),
    range: t.exposeString('range', {
      nullable: true,
      description: 'The versions of the platform that it names; null: any.',
    }),
    platformVersion: t.string({ description: 'The version of this platform.', resolve: () => PLATFORM_VERSION }),
    message: t.string({
      nullable: true,
      description: 'What to tell people where it does not.',
      resolve: ({ range }) =>
        isCompatible(range) ? null : `It works with the platform ${range}; this one is ${PLATFORM_VERSION}.`,
    }),
  }),
});

const PluginDayRef = builder.objectRef<PluginDay>('PluginDay').implement({
  description: 'What was fetched and installed of a plugin on one day of UTC.',
  fields: (t) => ({
    day: t.expose('day', { type: 'DateTime', description: 'Its beginning.' }),
    downloads: t.exposeFloat('downloads', { description: 'How often it was fetched.' }),
    installs: t.exposeFloat('installs', { description: 'Tenants that installed it, or changed to the version.' }),
    uninstalls: t.exposeFloat('uninstalls', { description: 'Tenants that removed it, or left the version.' }),
  }),
});

/** A statement for all plugins of a list, with a row for each day. */
const statisticsCost = statementCost(({ days }: { readonly days?: number | null | undefined }) => ({
  multiplier: Math.min(Math.max(1, days ?? DEFAULT_DAYS), MAX_DAYS),
}));
/** Rendering takes the time of many fields. */
const HTML_COST = { field: 50, multiplier: 1 };

const aliasOf = (name: string): string | null => builtInNamed(name)?.alias ?? null;

const toDataAddress = (svg: string): string => `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;

const iconOf = async (context: ApiContext, version: PluginVersionRow): Promise<string | null> => {
  const { icon } = await loadTexts(context, version);
  if (icon !== null) return toDataAddress(icon);
  return (await listBuiltInPlugins()).find(({ name }) => name === version.pluginName)?.icon ?? null;
};

const ICON = 'An SVG as a `data:` address, for `<img>`: nothing in it runs there. Never put it into a page as it is.';
const HTML =
  'Its readme as safe HTML: no scripts, styles, images or handlers; its headings are `readme-…`, links tell nobody where they are from.';

/** A name with a range behind it, or without. */
const nameOf = (replacement: string): string => replacement.replace(/(?<=.)@.*$/, '');

const loadReplacement = async (
  context: ApiContext,
  { replacement }: PluginVersionRow,
  seenFromTenantId: string | null,
): Promise<VisiblePlugin | null> =>
  replacement === null ? null : loadPlugin(context, { name: nameOf(replacement), seenFromTenantId });

builder.objectFields(PluginRef, (t) => ({
  category: t.field({
    type: PluginCategoryEnum,
    description: 'Where it stands in the marketplace.',
    resolve: ({ category }) => knownCategory(category),
  }),
  isBuiltIn: t.boolean({
    description: 'Whether it comes with the platform: it is there for everybody, without an installation.',
    resolve: ({ name }) => aliasOf(name) !== null,
  }),
  alias: t.string({
    nullable: true,
    description: 'What definitions call it where it is built in.',
    resolve: ({ name }) => aliasOf(name),
  }),
  icon: t.string({
    nullable: true,
    description: ICON,
    resolve: ({ latest }, _args, context) => iconOf(context, latest),
  }),
  readmeHtml: t.string({
    description: HTML,
    complexity: HTML_COST,
    resolve: async ({ latest }, _args, context) => renderInTurn((await loadTexts(context, latest)).readme),
  }),
  compatibility: t.field({
    type: CompatibilityRef,
    description: 'Whether its latest version works with this platform.',
    resolve: ({ platformRange }) => ({ range: platformRange }),
  }),
  sizeBytes: t.int({
    description: "Size of the latest version's tarball, in bytes.",
    resolve: ({ latest }) => latest.sizeBytes,
  }),
  deprecated: t.string({
    nullable: true,
    description: 'Why not to use its latest version any more.',
    resolve: ({ latest }) => latest.deprecated,
  }),
  replacementPlugin: t.field({
    type: PluginRef,
    nullable: true,
    description: 'What to use in its place, where the viewer may see that.',
    resolve: ({ latest, seenFromTenantId }, _args, context) => loadReplacement(context, latest, seenFromTenantId),
  }),
  installs: t.exposeInt('installCount', { description: 'Tenants that have it.' }),
  downloads: t.exposeFloat('downloadCount', { description: 'How often its versions were fetched: a whole number.' }),
  statistics: t.field({
    type: [PluginDayRef],
    description:
      'What was fetched and installed on the last days, the earliest first, today last; days without anything too.',
    complexity: statisticsCost,
    args: {
      days: t.arg.int({ description: `How many days, up to ${MAX_DAYS}. Default: ${DEFAULT_DAYS}.` }),
      version: t.arg.string({ description: 'Of this version alone.' }),
    },
    resolve: async ({ name, seenFromTenantId }, { days, version }, context) => [
      ...(await loadStatistics(context, {
        plugin: { name, seenFromTenantId },
        days: days ?? DEFAULT_DAYS,
        version: version ?? null,
      })),
    ],
  }),
}));

builder.objectFields(PluginVersionRef, (t) => ({
  icon: t.string({ nullable: true, description: ICON, resolve: (version, _args, context) => iconOf(context, version) }),
  readmeHtml: t.string({
    description: HTML,
    complexity: HTML_COST,
    resolve: async (version, _args, context) => renderInTurn((await loadTexts(context, version)).readme),
  }),
  compatibility: t.field({
    type: CompatibilityRef,
    description: 'Whether it works with this platform.',
    resolve: async (version, _args, context) => ({
      range: (await loadManifest(context, version)).engines?.platform ?? null,
    }),
  }),
}));
