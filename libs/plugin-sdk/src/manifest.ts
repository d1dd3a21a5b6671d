import { z } from 'zod';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type ContributionKind } from './contribution.ts';
import { isNetPattern } from './net-pattern.ts';
import { findSchemaProblems } from './schema-bounds.ts';
import { isVersionRange } from './version-range.ts';

/** The version of the manifest's format that this SDK writes and reads. */
export const MANIFEST_API_VERSION = 1;

const MAX_CONTRIBUTIONS = 100;
const MAX_DEPENDENCIES = 20;
const MAX_HOSTS = 50;
const MAX_SECRETS = 50;

export const PACKAGE_NAME = /^@[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9._-]{0,99}$/;
const ENTRY = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[a-z0-9_.-]+(?:\/[a-z0-9_.-]+)*\.m?js$/i;

const jsonSchema = z
  .custom<Record<string, z.core.util.JSONType>>((value) => value !== undefined, 'must be a JSON Schema, an object')
  .superRefine((schema, context) => {
    for (const { path, message } of findSchemaProblems(schema)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

const packagePath = (extension: string) =>
  z
    .string()
    .max(200)
    .regex(
      new RegExp(`^(?!.*(?:^|/)\\.{1,2}(?:/|$))[a-z0-9_.-]+(?:/[a-z0-9_.-]+)*\\.${extension}$`, 'i'),
      `must be a relative .${extension} path inside the package`,
    );

/** What moves a terminal's cursor, breaks a line of a log, or turns the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text);
const UNPRINTABLE_TEXT = 'must have no control characters';

/** Of one line, as people read it. */
export const lineOfText = (maxChars: number) => z.string().max(maxChars).refine(isPrintable, UNPRINTABLE_TEXT);
/** Of several lines. */
export const linesOfText = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .refine((text) => isPrintable(text.replaceAll(/[\t\n\r]/g, '')), UNPRINTABLE_TEXT);

const contribution = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/, 'must be lower-case words with dots between them')
    .max(64),
  title: lineOfText(100).min(1),
  description: linesOfText(2_000).default(''),
  icon: packagePath('svg').optional(),
};
const stepContribution = z.strictObject({
  ...contribution,
  input: jsonSchema.default({}),
  output: jsonSchema.default({}),
});
const configuredContribution = z.strictObject({ ...contribution, config: jsonSchema.default({}) });
const configuredList = z.array(configuredContribution).max(MAX_CONTRIBUTIONS).default([]);

const contributions = z
  .strictObject({
    steps: z.array(stepContribution).max(MAX_CONTRIBUTIONS).default([]),
    conditions: configuredList,
    validators: configuredList,
    transforms: configuredList,
    hooks: configuredList,
    reporters: configuredList,
    exporters: configuredList,
  })
  .superRefine(
    (lists, context) => {
      const names = CONTRIBUTION_KINDS.map((kind) => namesIn(lists, CONTRIBUTION_LISTS[kind]));
      const count = names.flat().length;
      if (count === 0) context.addIssue('must have at least one contribution, such as a step');
      if (count > MAX_CONTRIBUTIONS)
        context.addIssue(`must be at most ${MAX_CONTRIBUTIONS} contributions; it has ${count}`);
      for (const [index, kind] of CONTRIBUTION_KINDS.entries()) {
        for (const { place, name, first } of findRepeated(names[index] ?? [])) {
          const path = [CONTRIBUTION_LISTS[kind], place, 'name'];
          context.addIssue({
            code: 'custom',
            path,
            message: `"${name}" is the name of the ${kind} at ${first} already`,
          });
        }
      }
    },
    // Also when something else is wrong with them, so that every problem is told at once.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  );

/** What is no name counts as one that nothing else has. */
const namesIn = (lists: unknown, key: string): readonly (string | undefined)[] => {
  const list: unknown = (lists as Record<string, unknown>)[key];
  if (!Array.isArray(list)) return [];
  return list.map((item: { readonly name?: unknown } | null) =>
    typeof item?.name === 'string' ? item.name : undefined,
  );
};

const findRepeated = (names: readonly (string | undefined)[]) =>
  names.flatMap((name, place) => {
    const first = names.indexOf(name);
    return name === undefined || first === place ? [] : [{ name, place, first }];
  });

const netPattern = z
  .string()
  .max(260)
  .refine(isNetPattern, 'must be a host, "*.domain.tld" or "host:port", in lower case and without a scheme or path');
const secretName = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be an upper-case name such as API_KEY');

const NO_RANGE = 'must be a range of versions such as ^1.2.0, ~1.2, ">=1 <3" or 1.x';

const permissions = z.strictObject({
  net: z.array(netPattern).max(MAX_HOSTS).default([]),
  secrets: z.array(secretName).max(MAX_SECRETS).default([]),
  blobs: z.boolean().default(false),
  memoryMb: z.int().min(16).max(512).default(64),
  cpuMs: z.int().min(100).max(600_000).default(10_000),
  timeoutMs: z.int().min(100).max(3_600_000).default(30_000),
});

/** Where a plugin stands in the marketplace. */
export const PLUGIN_CATEGORIES = [
  'ai',
  'communication',
  'data',
  'databases',
  'documents',
  'flow',
  'monitoring',
  'security',
  'storage',
  'text',
  'web',
  'other',
] as const;
/** One of {@link PLUGIN_CATEGORIES}. */
export type PluginCategory = (typeof PLUGIN_CATEGORIES)[number];

/** The `iaModules` object of a plugin's package.json: what the plugin contributes, and all that it may ask for. */
export const manifestSchema = z.strictObject({
  apiVersion: z.literal(MANIFEST_API_VERSION),
  entry: z.string().regex(ENTRY, 'must be a relative .js or .mjs path inside the package').default('dist/plugin.js'),
  /** `trusted` runs in the platform's own process and is for its own plugins alone: no registry takes it from others. */
  runtime: z.enum(['sandbox', 'trusted']).default('sandbox'),
  icon: packagePath('svg').optional(),
  /** Where the marketplace shows it. `other` when left out. */
  category: z.enum(PLUGIN_CATEGORIES).optional(),
  /** The versions of the platform that it works with; any when left out. */
  engines: z.strictObject({ platform: z.string().refine(isVersionRange, NO_RANGE) }).optional(),
  contributions,
  permissions: permissions.prefault({}),
  /** Calls that one process may work on at once. */
  concurrency: z.int().min(1).max(16).default(1),
  /** Other plugins by package and range: installed first, and callable through `ctx.plugins`. */
  dependencies: z
    .record(
      z.string().regex(PACKAGE_NAME, 'must be a package name, such as @community/geo'),
      z.string().refine(isVersionRange, NO_RANGE),
    )
    .refine((list) => Object.keys(list).length <= MAX_DEPENDENCIES, `must be at most ${MAX_DEPENDENCIES} packages`)
    .default({}),
});
/** A manifest with its defaults filled in. */
export type PluginManifest = z.infer<typeof manifestSchema>;
/** A step as a manifest describes it. */
export type StepContribution = PluginManifest['contributions']['steps'][number];
/** What a manifest says of any contribution that is no step. */
export type ConfiguredContribution = PluginManifest['contributions']['conditions'][number];
/** A contribution as a manifest describes it, with its kind. */
export type ManifestContribution =
  | ({ readonly kind: 'step' } & StepContribution)
  | ({ readonly kind: Exclude<ContributionKind, 'step'> } & ConfiguredContribution);

/** All that a manifest contributes, in one list. */
export const contributionsOf = ({
  contributions: lists,
}: Pick<PluginManifest, 'contributions'>): ManifestContribution[] =>
  CONTRIBUTION_KINDS.flatMap((kind) =>
    lists[CONTRIBUTION_LISTS[kind]].map((item) => ({ kind, ...item }) as ManifestContribution),
  );

/** What a tenant allows an installed plugin. Effective is what both the manifest and the grant name. */
export const grantSchema = z.strictObject({
  net: z.array(netPattern).max(MAX_HOSTS).default([]),
  secrets: z.array(secretName).max(MAX_SECRETS).default([]),
  blobs: z.boolean().default(false),
});
/** A grant with its defaults filled in: what it does not name is not allowed. */
export type PluginGrant = z.infer<typeof grantSchema>;
