import type { Diagnostic } from '@ia-modules/engine';
import { appendAudit, can, type Prisma, type Principal } from '@ia-modules/database';
import { PlatformError, type PluginGrant } from '@ia-modules/plugin-sdk';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { deprecationWarnings } from '../marketplace/deprecation/deprecation-warning.ts';
import { plainText } from '../marketplace/plain-text.ts';
import { admitVersion, requireNeeds, takesForeign } from './admit-version.ts';
import { askIn } from './ask-rows.ts';
import { type CatalogueVersion, readVersion } from './choose-version.ts';
import { checkGrant, type GivenGrant, keptGrant, missingSecrets, parseGrant } from './grants.ts';
import { recordInstalledVersion } from './installed-version.ts';
import { lockInstallations } from './lock-installations.ts';
import { comparePermissions, isWidened, type PermissionChanges } from './permission-changes.ts';
import type { InstallationRow } from './plugin-rows.ts';
import { requestUpgrade, supersedeRequests, type UpgradeRequestRow } from './upgrade-requests.ts';

export type UpgradePluginRequest = {
  readonly tenantId: string;
  readonly name: string;
  /** A version or a range; null: the newest. */
  readonly version: string | null;
  /** Null: what is granted now, as far as it is still asked for. */
  readonly grant: GivenGrant | null;
  readonly dryRun: boolean;
  /** For those who decide, when it has to wait. */
  readonly note: string;
};

export type UpgradedPlugin = {
  readonly installation: InstallationRow;
  readonly previousVersion: string;
  readonly permissionChanges: PermissionChanges;
  readonly needsConsent: boolean;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly dryRun: boolean;
};

export type UpgradeOutcome =
  | { readonly status: 'upgraded'; readonly upgraded: UpgradedPlugin }
  | { readonly status: 'waiting'; readonly request: UpgradeRequestRow };

type Upgrade = {
  readonly current: InstallationRow;
  readonly next: CatalogueVersion;
  readonly permissionChanges: PermissionChanges;
  /** What was agreed to for this very version before; null when nobody has. */
  readonly agreed: PluginGrant | null;
};

type Wanted = Pick<UpgradePluginRequest, 'tenantId' | 'name' | 'version'> & { readonly takesForeign: boolean };

const findUpgrade = async (context: ApiContext, tx: Prisma.TransactionClient, request: Wanted): Promise<Upgrade> => {
  const { tenantId, name: pluginName } = request;
  const current = await tx.installation.findUnique({ where: { tenantId_pluginName: { tenantId, pluginName } } });
  if (current === null) throw notFound();
  const next = await admitVersion(context, tx, request);
  const before = await readVersion(askIn(tx), pluginName, current.version);
  const key = { tenantId, pluginName, version: next.version };
  const there = await tx.installedVersion.findUnique({ where: { tenantId_pluginName_version: key } });
  return {
    current: current as unknown as InstallationRow,
    next,
    permissionChanges: comparePermissions(before.manifest.permissions, next.manifest.permissions),
    agreed: there === null ? null : (there.grant as unknown as PluginGrant),
  };
};

/** Whether nobody has agreed yet to what the version asks for. */
const needsConsent = ({ agreed, permissionChanges }: Upgrade): boolean =>
  agreed === null && isWidened(permissionChanges);

const grantOf = ({ agreed, current, next }: Upgrade): PluginGrant => agreed ?? keptGrant(current.grant, next.manifest);

type Applied = { readonly upgrade: Upgrade; readonly grant: PluginGrant; readonly principal: Principal };

const applyUpgrade = async (
  tx: Prisma.TransactionClient,
  { upgrade, grant, principal }: Applied,
): Promise<UpgradedPlugin> => {
  const { current, next, permissionChanges } = upgrade;
  const { tenantId, pluginName } = current;
  const { version, integrity } = next;
  const data = { version, integrity, grant, installedBy: principalId(principal) };
  const where = { tenantId_pluginName: { tenantId, pluginName } };
  const installation = await tx.installation.update({ where, data });
  await recordInstalledVersion(tx, { tenantId, pluginName, ...data });
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
  return {
    installation: { ...installation, grant },
    previousVersion: current.version,
    permissionChanges,
    needsConsent: needsConsent(upgrade),
    diagnostics: await warningsOf(tx, upgrade, grant),
    dryRun: false,
  };
};

/**
 * Makes another version of an installed plugin the default one; the one before stays installed beside it. What asks for more than
 * before waits for a grant, and so does everything that somebody asks for who may not install.
 */
export const upgradePlugin = async (context: ApiContext, request: UpgradePluginRequest): Promise<UpgradeOutcome> => {
  const { tenantId, name: pluginName, dryRun } = request;
  const given = request.grant === null ? null : parseGrant(request.grant);
  requireAccess(context.viewer.principal, tenantId, given === null ? 'plugin.request' : 'plugin.install');
  const takes = await takesForeign(context, tenantId);
  return context.change(tenantId, 'plugin.request', async (tx, principal) => {
    if (given !== null) requireAccess(principal, tenantId, 'plugin.install');
    await lockInstallations(tx, tenantId);
    const upgrade = await findUpgrade(context, tx, { ...request, takesForeign: takes });
    const { current, next, permissionChanges } = upgrade;
    const grant = given ?? grantOf(upgrade);
    checkGrant(grant, next.manifest);
    await requireNeeds(tx, { tenantId, name: pluginName, version: next.version });
    if (dryRun) return { status: 'upgraded', upgraded: await previewOf(tx, upgrade, grant) };
    const mayDecide = can(principal, tenantId, 'plugin.install');
    if (!mayDecide || (given === null && needsConsent(upgrade))) {
      const [fromVersion, toVersion, note] = [current.version, next.version, checkNote(request.note)];
      const waiting = { tenantId, pluginName, fromVersion, toVersion, permissionChanges, note };
      return { status: 'waiting', request: await requestUpgrade(tx, principal, waiting) };
    }
    await supersedeRequests(tx, { tenantId, pluginName, decidedBy: principalId(principal) });
    return { status: 'upgraded', upgraded: await applyUpgrade(tx, { upgrade, grant, principal }) };
  });
};

const warningsOf = async (
  tx: Prisma.TransactionClient,
  { current: { tenantId, pluginName: name }, next: { version } }: Upgrade,
  grant: PluginGrant,
): Promise<readonly Diagnostic[]> => [
  ...(await missingSecrets(tx, tenantId, grant)),
  ...(await deprecationWarnings(tx, { name, version })),
];

const previewOf = async (
  tx: Prisma.TransactionClient,
  upgrade: Upgrade,
  grant: PluginGrant,
): Promise<UpgradedPlugin> => {
  const { current, next, permissionChanges } = upgrade;
  const { version, integrity } = next;
  return {
    installation: { ...current, version, integrity, grant },
    previousVersion: current.version,
    permissionChanges,
    needsConsent: needsConsent(upgrade),
    diagnostics: await warningsOf(tx, upgrade, grant),
    dryRun: true,
  };
};

const MAX_NOTE_LENGTH = 1_000;

/** Those who decide read it: it must say what it shows. */
const checkNote = (note: string): string =>
  plainText(note, { name: 'note', maxLength: MAX_NOTE_LENGTH, mayBeEmpty: true, hasLines: true });

export type UpgradeConsent = {
  readonly tenantId: string;
  readonly id: string;
  readonly grant: GivenGrant;
  readonly note: string;
};

type Decision = { readonly tenantId: string; readonly id: string; readonly note: string };

/** Agrees to an upgrade that waits. Everything is looked at again: the version may be blocked or the tenant changed by now. */
export const consentToUpgrade = async (context: ApiContext, consent: UpgradeConsent): Promise<UpgradedPlugin> => {
  const { tenantId, id } = consent;
  const grant = parseGrant(consent.grant);
  requireAccess(context.viewer.principal, tenantId, 'plugin.install');
  const takes = await takesForeign(context, tenantId);
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const { pluginName: name, toVersion: version } = await requireWaiting(tx, { tenantId, id });
    const upgrade = await findUpgrade(context, tx, { tenantId, name, version, takesForeign: takes });
    checkGrant(grant, upgrade.next.manifest);
    await requireNeeds(tx, { tenantId, name, version });
    await decide(tx, { ...consent, principal, status: 'consented' });
    return applyUpgrade(tx, { upgrade, grant, principal });
  });
};

/** Refuses an upgrade that waits. */
export const declineUpgrade = async (context: ApiContext, decision: Decision): Promise<UpgradeRequestRow> =>
  context.change(decision.tenantId, 'plugin.install', async (tx, principal) => {
    const { tenantId } = decision;
    await lockInstallations(tx, tenantId);
    const { pluginName, toVersion } = await requireWaiting(tx, decision);
    const declined = await decide(tx, { ...decision, principal, status: 'declined' });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.decline_upgrade',
      target: `plugin:${pluginName}`,
      details: { request: decision.id, to: toVersion, note: decision.note },
    });
    return declined;
  });

const requireWaiting = async (
  tx: Prisma.TransactionClient,
  { tenantId, id }: Pick<Decision, 'tenantId' | 'id'>,
): Promise<UpgradeRequestRow> => {
  const found = await tx.upgradeRequest.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (found === null) throw notFound();
  if (found.status === 'waiting') return found as unknown as UpgradeRequestRow;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `This request does not wait any more: it is ${found.status}.`,
    hint: 'Ask for the upgrade again.',
  });
};

type Decided = Decision & { readonly principal: Principal; readonly status: 'consented' | 'declined' };

const decide = async (
  tx: Prisma.TransactionClient,
  { tenantId, id, note, principal, status }: Decided,
): Promise<UpgradeRequestRow> =>
  (await tx.upgradeRequest.update({
    where: { tenantId_id: { tenantId, id } },
    data: { status, decidedBy: principalId(principal), decidedAt: new Date(), decisionNote: checkNote(note) },
  })) as unknown as UpgradeRequestRow;
