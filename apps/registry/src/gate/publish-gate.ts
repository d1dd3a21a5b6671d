import { parseManifest, type PluginManifest } from '@ia-modules/plugin-sdk';
import { signVersion, type SigningKey, type VersionSignature } from '@ia-modules/plugin-signatures';
import type { JsonObject } from './bounded-json.ts';
import { inspect } from './inspection.ts';
import { PLATFORM_TARBALL_LIMITS, TARBALL_LIMITS } from '../limits.ts';
import type { FindLookAlikes } from './look-alikes.ts';
import { iconOf, manifestProblems } from './manifest-rules.ts';
import { type PackageName, PLATFORM_SCOPE, tarballFilename, type Visibility } from '../access/package-name.ts';
import { bundleProblems, packageProblems } from './package-rules.ts';
import { accepted, type Checked, type Problem, refused } from '../problem.ts';
import type { PublishRequest } from './publish-request.ts';
import type { SelfTest } from './self-test.ts';
import type { PackageContents } from './tarball.ts';

/** What the catalogue says about a version; also the payload of its publish intent. */
export type CatalogueEntry = Readonly<{
  visibility: Visibility;
  title: string;
  description: string;
  keywords: readonly string[];
  /** Null for what the platform publishes beside plugins: such packages are in no catalogue. */
  manifest: PluginManifest | null;
  category: string;
  /** SVG. */
  icon: string | null;
  readme: string;
  sizeBytes: number;
  tags: readonly string[];
  publishedBy: string;
  signatures: readonly VersionSignature[];
}>;

/** A version that passed the gate. */
export type AcceptedVersion = Readonly<{
  name: PackageName;
  version: string;
  integrity: string;
  tarball: Buffer;
  /** What npm clients get to read: the tarball's own package.json, never the one in the request. */
  document: JsonObject;
  entry: CatalogueEntry;
}>;

export type GateOptions = Readonly<{
  /** Asked for with each version: it may change while the registry runs. */
  signingKey: () => Promise<SigningKey>;
  findLookAlikes: FindLookAlikes;
  /** Null: the operator has switched it off. */
  selfTest: SelfTest | null;
}>;

/** Who publishes. */
type Publishing = Readonly<{ tenantId: string; createdBy: string }>;

/** Judges a version by its tarball, tests it and signs it, or lists everything that is wrong with it. */
export type PublishGate = (request: PublishRequest, publishing: Publishing) => Promise<Checked<AcceptedVersion>>;

export function createPublishGate({ signingKey, findLookAlikes, selfTest }: GateOptions): PublishGate {
  return async (request, { tenantId, createdBy }) => {
    const { name, version } = request;
    const isPlatform = name.scope === PLATFORM_SCOPE;
    const inspected = await inspect(request.tarball, isPlatform ? PLATFORM_TARBALL_LIMITS : TARBALL_LIMITS);
    if (!inspected.ok) return inspected;
    const { contents, tarball, problems } = inspected.value;
    const found = [...packageProblems(request, contents), ...problems, ...(await findLookAlikes(name, tenantId))];
    const judged = judge(name, contents);
    if (!judged.ok) return refused(...found, ...judged.problems);
    if (found.length > 0) return refused(...found);

    const { integrity } = contents;
    const { manifest, description, keywords } = judged.value;
    const candidate = { name: name.full, version, integrity, tarball };
    const failures = manifest === null ? [] : ((await selfTest?.({ ...candidate, manifest })) ?? []);
    if (failures.length > 0) return refused(...failures);

    const signatures = [signVersion({ name: name.full, version, integrity }, await signingKey())];
    const entry: CatalogueEntry = {
      visibility: name.visibility,
      title: titleOf(name),
      description,
      keywords,
      manifest,
      category: manifest?.category ?? 'other',
      icon: manifest === null ? null : iconOf(manifest, contents),
      readme: contents.readme,
      sizeBytes: contents.packedBytes,
      tags: request.tags,
      publishedBy: createdBy,
      signatures,
    };
    return accepted({ ...candidate, name, document: versionDocument(request, contents, signatures), entry });
  };
}

type Judged = Readonly<{ manifest: PluginManifest | null; description: string; keywords: readonly string[] }>;

/** The platform alone publishes packages that are no plugins: those that plugins are made with. */
function judge(name: PackageName, contents: PackageContents): Checked<Judged> {
  const { packageJson } = contents;
  if (name.scope === PLATFORM_SCOPE && packageJson['iaModules'] === undefined) {
    const { description } = packageJson;
    const said = typeof description === 'string' ? description : '';
    return accepted({ manifest: null, description: said, keywords: [] });
  }
  const parsed = parseManifest(packageJson);
  const problems: Problem[] = parsed.ok
    ? manifestProblems(name, parsed.manifest, contents)
    : parsed.diagnostics.map(manifestProblem);
  const all = [...problems, ...bundleProblems(contents)];
  if (!parsed.ok || all.length > 0) return refused(...all);
  const { description, keywords } = parsed.package;
  return accepted({ manifest: parsed.manifest, description, keywords });
}

function manifestProblem({ path, message }: Readonly<{ path: string; message: string }>): Problem {
  return { code: 'IA_PLUGIN_MANIFEST', message: `package.json ${path}: ${message}.` };
}

function versionDocument(
  request: PublishRequest,
  contents: PackageContents,
  signatures: readonly VersionSignature[],
): JsonObject {
  const { full } = request.name;
  const { dist: _dist, deprecated: _deprecated, readme: _readme, ...authored } = contents.packageJson;
  const publicFields = Object.entries(authored).filter(([key]) => !key.startsWith('_'));
  return {
    ...Object.fromEntries(publicFields),
    _id: `${full}@${request.version}`,
    readme: contents.readme,
    dist: {
      integrity: contents.integrity,
      shasum: contents.shasum,
      // Verdaccio puts the registry's own address in front when it serves the document.
      tarball: `http://localhost/${full}/-/${tarballFilename(request.name, request.version)}`,
      fileCount: contents.files.size,
      unpackedSize: contents.unpackedBytes,
      signatures,
    },
  };
}

function titleOf(name: PackageName): string {
  const words = name.base.split(/[-._]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}
