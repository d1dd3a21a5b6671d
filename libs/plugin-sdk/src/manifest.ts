import { z } from 'zod';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type ContributionKind } from './contribution.ts';
import { isNetPattern } from './net-pattern.ts';

export const MANIFEST_API_VERSION = 1;

const MAX_CONTRIBUTIONS = 100;
const MAX_DEPENDENCIES = 20;
const MAX_HOSTS = 50;
const MAX_SECRETS = 50;
const MAX_SCHEMA_BYTES = 65_536;

const PACKAGE_NAME = /^@[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9._-]{0,99}$/;
const SEMVER = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z.-]+)?$/i;
const ENTRY = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[a-z0-9_.-]+(?:\/[a-z0-9_.-]+)*\.m?js$/i;

const jsonSchema = z
  .record(z.string(), z.json())
  .refine(
    (schema) => JSON.stringify(schema).length <= MAX_SCHEMA_BYTES,
    `must be at most ${MAX_SCHEMA_BYTES} characters`,
  );

const packagePath = (extension: string) =>
  z
    .string()
    .max(200)
    .regex(
      new RegExp(`^(?!.*(?:^|/)\\.{1,2}(?:/|$))[a-z0-9_.-]+(?:/[a-z0-9_.-]+)*\\.${extension}$`, 'i'),
      `must be a relative .${extension} path inside the package`,
    );

const contribution = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/, 'must be lower-case words with dots between them')
    .max(64),
  title: z.string().min(1).max(100),
  description: z.string().max(2_000).default(''),
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
  .superRefine((lists, context) => {
    const names = CONTRIBUTION_KINDS.flatMap((kind) => lists[CONTRIBUTION_LISTS[kind]].map(({ name }) => name));
    if (names.length === 0) context.addIssue('must have at least one contribution, such as a step');
    if (names.length > MAX_CONTRIBUTIONS) context.addIssue(`must be at most ${MAX_CONTRIBUTIONS} contributions`);
    for (const kind of CONTRIBUTION_KINDS) {
      const list = CONTRIBUTION_LISTS[kind];
      const own = lists[list].map(({ name }) => name);
      const twice = own.find((name, index) => own.indexOf(name) !== index);
      if (twice !== undefined)
        context.addIssue({ code: 'custom', path: [list], message: `two have the same name "${twice}"` });
    }
  });

const netPattern = z
  .string()
  .max(260)
  .refine(isNetPattern, 'must be a host, "*.domain.tld" or "host:port", in lower case and without a scheme or path');
const secretName = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be an upper-case name such as API_KEY');

const permissions = z.strictObject({
  net: z.array(netPattern).max(MAX_HOSTS).default([]),
  secrets: z.array(secretName).max(MAX_SECRETS).default([]),
  blobs: z.boolean().default(false),
  memoryMb: z.int().min(16).max(512).default(64),
  cpuMs: z.int().min(100).max(600_000).default(10_000),
  timeoutMs: z.int().min(100).max(3_600_000).default(30_000),
});

/** The `iaModules` object of a plugin's package.json: what the plugin contributes, and all that it may ask for. */
export const manifestSchema = z.strictObject({
  apiVersion: z.literal(MANIFEST_API_VERSION),
  entry: z.string().regex(ENTRY, 'must be a relative .js or .mjs path inside the package').default('dist/plugin.js'),
  /** `trusted` runs in the platform's own process and is for its own plugins alone: no registry takes it from others. */
  runtime: z.enum(['sandbox', 'trusted']).default('sandbox'),
  icon: packagePath('svg').optional(),
  contributions,
  permissions: permissions.prefault({}),
  /** Calls that one process may work on at once. */
  concurrency: z.int().min(1).max(16).default(1),
  /** Other plugins by package and range: installed first, and callable through `ctx.plugins`. */
  dependencies: z
    .record(z.string().regex(PACKAGE_NAME), z.string().min(1).max(100))
    .refine((list) => Object.keys(list).length <= MAX_DEPENDENCIES, `must be at most ${MAX_DEPENDENCIES}`)
    .default({}),
});
export type PluginManifest = z.infer<typeof manifestSchema>;
export type StepContribution = PluginManifest['contributions']['steps'][number];
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
export type PluginGrant = z.infer<typeof grantSchema>;

const packageSchema = z.object({
  name: z.string().regex(PACKAGE_NAME, 'must be scoped and lower-case, such as @community/weather'),
  version: z.string().max(100).regex(SEMVER, 'must be a semantic version such as 1.2.3'),
  description: z.string().max(2_000).default(''),
  license: z.string().max(100).optional(),
  keywords: z.array(z.string().max(100)).max(50).default([]),
  iaModules: manifestSchema,
});
export type PluginPackage = Omit<z.infer<typeof packageSchema>, 'iaModules'>;

/** `path` is a dotted path in package.json, such as `iaModules.permissions.net.0`. */
export type ManifestDiagnostic = { readonly path: string; readonly message: string };
export type ParsedManifest =
  | { readonly ok: true; readonly package: PluginPackage; readonly manifest: PluginManifest }
  | { readonly ok: false; readonly diagnostics: readonly ManifestDiagnostic[] };

/** Reads the plugin manifest of a parsed package.json. Never throws; lists every problem it finds, not just the first. */
export const parseManifest = (packageJson: unknown): ParsedManifest => {
  const parsed = packageSchema.safeParse(packageJson);
  if (!parsed.success) {
    return {
      ok: false,
      diagnostics: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    };
  }
  const { iaModules: manifest, ...rest } = parsed.data;
  return { ok: true, package: rest, manifest };
};
