import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import type { JsonSchema } from './json-schema.ts';

/** What a plugin may add to pipelines, in the order of the manifest. */
export const CONTRIBUTION_KINDS = [
  'step',
  'condition',
  'validator',
  'transform',
  'hook',
  'reporter',
  'exporter',
] as const;
/** What a contribution is, and with it when the platform calls it. */
export type ContributionKind = (typeof CONTRIBUTION_KINDS)[number];

/** The list of a kind in a manifest and in `definePlugin`. */
export const CONTRIBUTION_LISTS = {
  step: 'steps',
  condition: 'conditions',
  validator: 'validators',
  transform: 'transforms',
  hook: 'hooks',
  reporter: 'reporters',
  exporter: 'exporters',
} as const satisfies Readonly<Record<ContributionKind, string>>;

/** What every contribution says of itself; the manifest is written from it. */
export type ContributionInfo = {
  /** As pipelines name it behind the plugin's alias: `[a-z][a-z0-9_]*`, with dots between the parts. */
  readonly name: string;
  /** What people call it. @default the name, as words */
  readonly title?: string;
  /** What it does, in a sentence or two. */
  readonly description?: string;
  /** An SVG file of the package, relative to package.json. @default the plugin's icon */
  readonly icon?: string;
};

/** How a manifest describes a contribution. */
export type ContributionDescription = Required<Pick<ContributionInfo, 'name' | 'title' | 'description'>> & {
  readonly icon?: string;
  /** Of a step. */
  readonly input?: JsonSchema;
  readonly output?: JsonSchema;
  /** Of everything else: what stands in `with`. */
  readonly config?: JsonSchema;
};

/** One thing that a plugin adds, of whatever kind, made by a `define…` function. */
export type Contribution<K extends ContributionKind = ContributionKind> = {
  readonly kind: K;
  readonly name: string;
  /** Tells what stands in the manifest. */
  readonly describe: () => ContributionDescription;
  /** Does the work. What `input` is depends on the kind: a step's `with`, `{value, config}`, `{events, config}` … */
  readonly run: (input: Json, ctx: PluginContext) => Promise<Json>;
};

export const describeInfo = ({ name, title, description = '', icon }: ContributionInfo): ContributionDescription => ({
  name,
  title: title ?? titleOf(name),
  description,
  ...(icon === undefined ? {} : { icon }),
});

const titleOf = (name: string): string => {
  const words = name.replaceAll(/[._]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
