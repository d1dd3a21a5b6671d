import { appendAudit, type Prisma } from '@ia-modules/database';
import type { PluginGrant, PluginManifest } from '@ia-modules/plugin-sdk';
import { notFound, principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { planInstall, requireDependencies } from './install-plan.ts';
import {
  type CatalogueVersion,
  checkGrant,
  findVersion,
  type GivenGrant,
  parseGrant,
  rowsOf,
} from './install-plugin.ts';
import { lockInstallations } from './lock-installations.ts';
import { comparePermissions, type PermissionChanges } from './permission-changes.ts';
import type { InstallationRow } from './plugin-rows.ts';
import { storedManifest } from './stored-manifest.ts';

export type UpgradePluginRequest = {
  readonly tenantId: string;
  readonly name: string;
  /** A version or a range; null: the newest. */
  readonly version: string | null;
  /** Null: what is granted now, as far as it is still asked for. */
  readonly grant: GivenGrant | null;
  readonly dryRun: boolean;
};

export type UpgradedPlugin = {
  readonly installation: InstallationRow;
  readonly previousVersion: string;
  readonly permissionChanges: PermissionChanges;
  readonly dryRun: boolean;
};

const keptGrant = (grant: PluginGrant, { permissions }: PluginManifest): PluginGrant => ({
  ...grant,
  blobs: grant.blobs && permissions.blobs,
  net: grant.net.filter((host) => permissions.net.includes(host)),
  secrets: grant.secrets.filter((name) => permissions.secrets.includes(name)),
});

const manifestOf = async (
  tx: Prisma.TransactionClient,
  pluginName: string,
  version: string,
): Promise<PluginManifest> => {
  const found = await tx.pluginVersion.findUnique({
    where: { pluginName_version: { pluginName, version } },
    select: { manifest: true },
  });
  if (found === null) throw notFound();
  return storedManifest(found.manifest as unknown as PluginManifest);
};

/** Puts another version of an installed plugin in the place of the one that is there. It never gets a permission by itself. */
export const upgradePlugin = async (context: ApiContext, request: UpgradePluginRequest): Promise<UpgradedPlugin> => {
  const { tenantId, name: pluginName, dryRun } = request;
  const given = request.grant === null ? null : parseGrant(request.grant);
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const where = { tenantId_pluginName: { tenantId, pluginName } };
    const current = await tx.installation.findUnique({ where });
    if (current === null) throw notFound();
    const next: CatalogueVersion = await findVersion(tx, request);
    const grant = given ?? keptGrant(current.grant as unknown as PluginGrant, next.manifest);
    checkGrant(grant, next.manifest);
    requireDependencies(
      await planInstall(rowsOf(tx), { tenantId, name: pluginName, version: next.version }),
      pluginName,
    );
    const before = await manifestOf(tx, pluginName, current.version);
    const upgraded = {
      previousVersion: current.version,
      permissionChanges: comparePermissions(before.permissions, next.manifest.permissions),
      dryRun,
    };
    const { version, integrity } = next;
    if (dryRun) return { ...upgraded, installation: { ...current, version, integrity, grant } };
    const data = { version, integrity, grant, installedBy: principalId(principal) };
    const installation = await tx.installation.update({ where, data });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.upgrade',
      target: `plugin:${pluginName}`,
      details: {
        before: { version: current.version, grant: current.grant },
        after: { version, integrity, grant },
      },
    });
    return { ...upgraded, installation: { ...installation, grant } };
  });
};
