import { z } from 'zod';
import {
  contributionsOf,
  lineOfText,
  linesOfText,
  manifestSchema,
  PACKAGE_NAME,
  type PluginManifest,
} from './manifest.ts';
import { countSchemaParts, SCHEMA_LIMITS } from './schema-bounds.ts';
import { isVersion } from './version-range.ts';

const MAX_DEPTH = 64;
const MAX_PARTS = 200_000;

const packageSchema = z.object({
  name: z.string().regex(PACKAGE_NAME, 'must be scoped and lower-case, such as @community/weather'),
  version: z.string().refine(isVersion, 'must be a semantic version such as 1.2.3'),
  description: linesOfText(2_000).default(''),
  license: lineOfText(100).optional(),
  keywords: z.array(lineOfText(100)).max(50).default([]),
  iaModules: manifestSchema,
});
/** What package.json says of a plugin beside its manifest. */
export type PluginPackage = Omit<z.infer<typeof packageSchema>, 'iaModules'>;

/** `path` is a dotted path in package.json, such as `iaModules.permissions.net.0`. */
export type ManifestDiagnostic = { readonly path: string; readonly message: string };
/** The manifest, or everything that is wrong with it. */
export type ParsedManifest =
  | { readonly ok: true; readonly package: PluginPackage; readonly manifest: PluginManifest }
  | { readonly ok: false; readonly diagnostics: readonly ManifestDiagnostic[] };

/** Reads the plugin manifest of a parsed package.json. Never throws; lists every problem it finds, not just the first. */
export const parseManifest = (packageJson: unknown): ParsedManifest => {
  const unsafe = findUnsafe(packageJson);
  if (unsafe !== undefined) return { ok: false, diagnostics: [unsafe] };
  const parsed = packageSchema.safeParse(packageJson, { reportInput: true });
  const diagnostics = [...(parsed.error?.issues ?? []).flatMap(diagnosticsOf), ...findSelfDependency(packageJson)];
  if (!parsed.success || diagnostics.length > 0) return { ok: false, diagnostics };
  const { iaModules: manifest, ...rest } = parsed.data;
  const tooMuch = findTooManyParts(manifest);
  if (tooMuch !== undefined) return { ok: false, diagnostics: [tooMuch] };
  return { ok: true, package: rest, manifest };
};

/** What no JSON document of a sensible size holds would keep the checks themselves from ending well. */
const findUnsafe = (packageJson: unknown): ManifestDiagnostic | undefined => {
  const pending: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: packageJson, path: [] }];
  let parts = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path } = next;
    if (++parts > MAX_PARTS) return { path: '', message: `must have at most ${MAX_PARTS} parts` };
    if (path.length > MAX_DEPTH)
      return { path: path.join('.'), message: `must be nested at most ${MAX_DEPTH} levels deep` };
    if (!isJson(value)) return { path: path.join('.'), message: `must be JSON, not a ${typeof value}` };
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (key === '__proto__') return { path: [...path, key].join('.'), message: 'is no allowed key' };
      pending.push({ value: child, path: [...path, key] });
    }
  }
  return undefined;
};

const isJson = (value: unknown): boolean =>
  value === undefined || typeof value === 'object' || ['string', 'boolean', 'number'].includes(typeof value);

const diagnosticsOf = ({ path, ...issue }: z.core.$ZodIssue): readonly ManifestDiagnostic[] => {
  const at = (...further: readonly PropertyKey[]): string => [...path, ...further].join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: at(key), message: 'is no key that manifests have: leave it out' }));
    case 'invalid_key':
      return [{ path: at(), message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_value':
      return [{ path: at(), message: `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}` }];
    case 'too_big':
      return [{ path: at(), message: `must be at most ${issue.maximum}${unitOf(issue.origin)}` }];
    case 'too_small':
      return [{ path: at(), message: `must be at least ${issue.minimum}${unitOf(issue.origin)}` }];
    case 'invalid_type':
      return [{ path: at(), message: issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}` }];
    default:
      return [{ path: at(), message: issue.message }];
  }
};

const unitOf = (origin: string): string =>
  origin === 'string' ? ' characters long' : origin === 'array' ? ' entries long' : '';

/** Whoever calls all of a plugin compiles all of its schemas; equal ones once. */
const findTooManyParts = (manifest: PluginManifest): ManifestDiagnostic | undefined => {
  const schemas = contributionsOf(manifest).flatMap((contribution) =>
    contribution.kind === 'step' ? [contribution.input, contribution.output] : [contribution.config],
  );
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  const parts = [...distinct.values()].reduce((sum, schema) => sum + countSchemaParts(schema), 0);
  if (parts <= SCHEMA_LIMITS.parts) return undefined;
  const told = `have schemas with ${parts} parts together when their references are replaced by what they name`;
  return {
    path: 'iaModules.contributions',
    message: `${told}; at most ${SCHEMA_LIMITS.parts} are allowed: use {} for parts of any shape, or several plugins`,
  };
};

const findSelfDependency = (packageJson: unknown): readonly ManifestDiagnostic[] => {
  const { name, iaModules } = (packageJson ?? {}) as { readonly name?: unknown; readonly iaModules?: unknown };
  const { dependencies } = (iaModules ?? {}) as { readonly dependencies?: unknown };
  if (typeof name !== 'string' || typeof dependencies !== 'object' || dependencies === null) return [];
  if (!Object.hasOwn(dependencies, name)) return [];
  return [{ path: `iaModules.dependencies.${name}`, message: 'names the plugin itself: it can call its own code' }];
};
