import { appendAudit, type Prisma } from '@ia-modules/database';
import { parsePackageSpec } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { notFound } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { isInRange } from '../../plugins/version-ranges.ts';
import { plainText } from '../plain-text.ts';

export type Deprecation = {
  /** Why not to use these versions any more. */
  readonly message: string;
  /** A package name, with a range or without. */
  readonly replacement: string | null;
};

export type DeprecationRequest = {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly versionRange: string;
  /** Null takes it back. */
  readonly deprecation: Deprecation | null;
};

export type DeprecatedVersions = { readonly pluginName: string; readonly versions: readonly string[] };

const invalid = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint });

type Owned = { readonly visibility: string; readonly versions: readonly string[] };

const readOwned = async (tx: Prisma.TransactionClient, request: DeprecationRequest): Promise<Owned> => {
  const { tenantId, pluginName: name } = request;
  const plugin = await tx.plugin.findFirst({
    where: { name, tenantId },
    select: { visibility: true, versions: { select: { version: true } } },
  });
  if (plugin === null) throw notFound();
  return { visibility: plugin.visibility, versions: plugin.versions.map(({ version }) => version) };
};

const versionsIn = (versionRange: string, versions: readonly string[]): string[] => {
  if (semver.validRange(versionRange) === null) throw invalid('`versionRange` is a range of versions: `<2.0.0`, `*`.');
  const affected = versions.filter((version) => isInRange(version, versionRange));
  if (affected.length === 0) throw invalid(`No version fits ${versionRange}.`);
  return semver.sort([...affected]);
};

const FIND_USABLE = `select v.version from plugin_versions v join plugins p on p.name = v.plugin_name
  where v.plugin_name = $1 and v.deprecated is null and (p.visibility = 'public' or $2::boolean)
    and not exists (select from plugin_blocks_of(v.plugin_name, v.version))`;

type Replacing = { readonly pluginName: string; readonly isPrivate: boolean; readonly affected: readonly string[] };

/** Whoever sees the plugin must see what takes its place, in a version that can be used. */
const checkReplacement = async (
  tx: Prisma.TransactionClient,
  replacement: string,
  { pluginName, isPrivate, affected }: Replacing,
): Promise<void> => {
  const { packageName, range } = parsePackageSpec(replacement);
  const usable = await tx.$queryRawUnsafe<{ version: string }[]>(FIND_USABLE, packageName, isPrivate);
  const fits = usable.some(
    ({ version }) => semver.satisfies(version, range) && !(packageName === pluginName && affected.includes(version)),
  );
  if (fits) return;
  const whom = isPrivate ? 'the tenant' : 'everybody';
  throw invalid(
    `There is no usable version of ${replacement} that ${whom} can see.`,
    'Name a package, with a range or without: `@scope/name`, `@scope/name@^2`.',
  );
};

const WRITE_VERSIONS = `update plugin_versions set deprecated = $3, replacement = $4
  where plugin_name = $1 and version = any($2::text[])`;
const MARK_BEHIND = 'update plugins set is_storage_behind = true where name = $1';

/** Advises against versions of a plugin of the tenant, or takes that back. The registry tells npm a moment later. */
export const deprecatePlugin = async (
  context: ApiContext,
  request: DeprecationRequest,
): Promise<DeprecatedVersions> => {
  const { tenantId, pluginName, versionRange, deprecation } = request;
  const message = deprecation === null ? null : plainText(deprecation.message, { name: 'message', maxLength: 500 });
  const replacement = deprecation?.replacement ?? null;
  return context.change(tenantId, 'plugin.publish', async (tx, principal) => {
    const { visibility, versions } = await readOwned(tx, request);
    const affected = versionsIn(versionRange, versions);
    if (replacement !== null) {
      await checkReplacement(tx, replacement, { pluginName, isPrivate: visibility === 'private', affected });
    }
    await tx.$executeRawUnsafe(WRITE_VERSIONS, pluginName, affected, message, replacement);
    await tx.$executeRawUnsafe(MARK_BEHIND, pluginName);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: message === null ? 'plugin.undeprecate' : 'plugin.deprecate',
      target: `plugin:${pluginName}`,
      details: { versions: affected, message, replacement },
    });
    return { pluginName, versions: affected };
  });
};
