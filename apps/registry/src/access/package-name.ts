const NAME = /^@([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9._-]*)$/;
const MAX_NAME_LENGTH = 214;

/** Who may see a package: everyone under `@community` and `@ia-modules`, the tenant's members under `@<tenant slug>`. */
export type Visibility = 'public' | 'private';

export type PackageName = Readonly<{ full: string; scope: string; base: string; visibility: Visibility }>;

export const COMMUNITY_SCOPE = 'community';

/** Of the tenant `ia-modules`: what the platform itself ships. */
export const PLATFORM_SCOPE = 'ia-modules';

const PUBLIC_SCOPES: ReadonlySet<string> = new Set([COMMUNITY_SCOPE, PLATFORM_SCOPE]);

/** Reads a scoped package name; null for names that the registry never holds. */
export function parsePackageName(text: string): PackageName | null {
  const [, scope, base] = text.length <= MAX_NAME_LENGTH ? (NAME.exec(text) ?? []) : [];
  if (scope === undefined || base === undefined) return null;
  return { full: text, scope, base, visibility: PUBLIC_SCOPES.has(scope) ? 'public' : 'private' };
}

/** The file name that npm gives the tarball of a version. */
export function tarballFilename(name: PackageName, version: string): string {
  return `${name.base}-${version}.tgz`;
}
