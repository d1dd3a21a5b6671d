import { appendAudit } from '@ia-modules/database';
import type { Diagnostic } from '@ia-modules/engine';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { deprecationWarnings } from '../marketplace/deprecation/deprecation-warning.ts';
import { admitVersion, requireNeeds, takesForeign } from './admit-version.ts';
import { checkGrant, type GivenGrant, missingSecrets, parseGrant } from './grants.ts';
import { askIn } from './ask-rows.ts';
import { refuseWhileNeeded } from './install-plan.ts';
import { recordInstalledVersion, refuseWhilePinned } from './installed-version.ts';
import { lockInstallations } from './lock-installations.ts';
import type { InstallationRow } from './plugin-rows.ts';
import { supersedeRequests } from './upgrade-requests.ts';

export type InstallPluginRequest = {
  readonly tenantId: string;
  readonly name: string;
  /** A version or a range; null: the newest. */
  readonly version: string | null;
  readonly grant: GivenGrant;
};

export type InstalledByRequest = {
  readonly installation: InstallationRow;
  readonly diagnostics: readonly Diagnostic[];
};

/** Installs a plugin into a tenant, or changes the version or the grant of the one that is there. */
export const installPlugin = async (
  context: ApiContext,
  request: InstallPluginRequest,
): Promise<InstalledByRequest> => {
  const { tenantId, name: pluginName } = request;
  const grant = parseGrant(request.grant);
  // Before anything is read: strangers must not see by its time whether there is such a tenant.
  requireAccess(context.viewer.principal, tenantId, 'plugin.install');
  const takes = await takesForeign(context, tenantId);
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const admitted = await admitVersion(context, tx, { ...request, takesForeign: takes });
    const { version, integrity, manifest } = admitted;
    checkGrant(grant, manifest);
    await requireNeeds(tx, { tenantId, name: pluginName, version });
    const data = { version, integrity, grant, installedBy: principalId(principal) };
    const where = { tenantId_pluginName: { tenantId, pluginName } };
    const before = await tx.installation.findUnique({
      where,
      select: { version: true, integrity: true, grant: true },
    });
    const installation = await tx.installation.upsert({
      where,
      create: { id: uuid(), tenantId, pluginName, ...data },
      update: data,
    });
    await recordInstalledVersion(tx, { tenantId, pluginName, ...data });
    if (before !== null && before.version !== version) {
      await supersedeRequests(tx, { tenantId, pluginName, decidedBy: data.installedBy });
    }
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.install',
      target: `plugin:${pluginName}`,
      details: { before, after: { version, integrity, grant } },
    });
    const warnings = await deprecationWarnings(tx, { name: pluginName, version });
    const missing = await missingSecrets(tx, tenantId, grant);
    return { installation: { ...installation, grant }, diagnostics: [...warnings, ...missing] };
  });
};

/** Removes a plugin from a tenant, in all its versions. Refused while a pipeline uses it: its next run would fail. */
export const uninstallPlugin = async (context: ApiContext, tenantId: string, pluginName: string): Promise<void> => {
  await context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const where = { tenantId_pluginName: { tenantId, pluginName } };
    const before = await tx.installation.findUnique({ where, select: { version: true, integrity: true, grant: true } });
    const { count } = await tx.installation.deleteMany({ where: { tenantId, pluginName } });
    if (count === 0) throw notFound();
    await refuseWhileNeeded(askIn(tx), tenantId, pluginName);
    await refuseWhilePinned(tx, { tenantId, name: pluginName, version: null });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.uninstall',
      target: `plugin:${pluginName}`,
      details: { before },
    });
  });
};
