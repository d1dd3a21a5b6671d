import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError, type PluginGrant } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { lockInstallations } from './lock-installations.ts';
import { isInRange } from './version-ranges.ts';

/** How many versions of one plugin a tenant may have beside each other. */
export const MAX_INSTALLED_VERSIONS = 20;

type Recorded = {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly version: string;
  readonly integrity: string;
  readonly grant: PluginGrant;
  readonly installedBy: string;
};

/** Keeps that a tenant has agreed to a version, under the lock of its installations. */
export const recordInstalledVersion = async (tx: Prisma.TransactionClient, version: Recorded): Promise<void> => {
  const { tenantId, pluginName } = version;
  const key = { tenantId, pluginName, version: version.version };
  await tx.installedVersion.upsert({
    where: { tenantId_pluginName_version: key },
    create: version,
    update: { grant: version.grant, integrity: version.integrity, installedBy: version.installedBy },
  });
  const count = await tx.installedVersion.count({ where: { tenantId, pluginName } });
  if (count <= MAX_INSTALLED_VERSIONS) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `${MAX_INSTALLED_VERSIONS} versions of ${pluginName} are installed: there is no room for another one.`,
    hint: 'Remove versions that no pipeline pins any more.',
  });
};

/** Pipelines whose newest revision pins a plugin, in whichever version or in this one. */
const FIND_PINNING = `select p.name from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
  where p.tenant_id = $1::uuid and p.archived_at is null and exists (
    select from jsonb_each(v.resolved_plugins) as pinned
    where pinned.value ->> 'name' = $2 and ($3::text is null or pinned.value ->> 'version' = $3))
  order by p.name limit 5`;

export type PinnedVersion = { readonly tenantId: string; readonly name: string; readonly version: string | null };

/** @throws PlatformError IA_API_CONFLICT while the newest revision of a pipeline pins it */
export const refuseWhilePinned = async (tx: Prisma.TransactionClient, pinned: PinnedVersion): Promise<void> => {
  const { tenantId, name, version } = pinned;
  const users = await tx.$queryRawUnsafe<{ name: string }[]>(FIND_PINNING, tenantId, name, version);
  if (users.length === 0) return;
  const what = version === null ? 'this plugin' : `version ${version} of this plugin`;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `Pipelines use ${what}: ${users.map((user) => user.name).join(', ')}.`,
    hint: version === null ? 'Archive them or save them without it first.' : 'Move them to another version first.',
  });
};

const FIND_NEEDS = `select v.plugin_name as name, v.version, m.manifest -> 'dependencies' ->> $2 as range
  from installed_versions v join plugin_versions m on m.plugin_name = v.plugin_name and m.version = v.version
  where v.tenant_id = $1::uuid and coalesce(m.manifest -> 'dependencies', '{}') ? $2`;

type Need = { readonly name: string; readonly version: string; readonly range: string };

const refuseWhileOnlyFit = async (
  tx: Prisma.TransactionClient,
  { tenantId, name, version }: Readonly<{ tenantId: string; name: string; version: string }>,
): Promise<void> => {
  const needs = await tx.$queryRawUnsafe<Need[]>(FIND_NEEDS, tenantId, name);
  if (needs.length === 0) return;
  const rows = await tx.installedVersion.findMany({ where: { tenantId, pluginName: name }, select: { version: true } });
  const others = rows.map((row) => row.version).filter((other) => other !== version);
  const left = needs.find(({ range }) => isInRange(version, range) && !others.some((other) => isInRange(other, range)));
  if (left === undefined) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `${left.name}@${left.version} needs ${name} ${left.range}, and no other installed version fits.`,
    hint: 'Remove what needs it first.',
  });
};

export type RemovedVersion = { readonly name: string; readonly version: string };

/** Takes back the consent to one version beside the default one. Refused while something needs it. */
export const removeInstalledVersion = async (
  context: ApiContext,
  { tenantId, name, version }: RemovedVersion & { readonly tenantId: string },
): Promise<RemovedVersion> =>
  context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const key = { tenantId, pluginName: name };
    const installation = await tx.installation.findUnique({ where: { tenantId_pluginName: key } });
    const where = { tenantId_pluginName_version: { ...key, version } };
    const before = await tx.installedVersion.findUnique({ where, select: { integrity: true, grant: true } });
    if (installation === null || before === null) throw notFound();
    if (installation.version === version) {
      throw new PlatformError({
        code: 'IA_API_CONFLICT',
        message: `${version} is the version for pipelines that name no range.`,
        hint: 'Upgrade to another version first, or uninstall the plugin.',
      });
    }
    await refuseWhilePinned(tx, { tenantId, name, version });
    await refuseWhileOnlyFit(tx, { tenantId, name, version });
    await tx.installedVersion.delete({ where });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.remove_version',
      target: `plugin:${name}`,
      details: { before: { version, ...before } },
    });
    return { name, version };
  });
