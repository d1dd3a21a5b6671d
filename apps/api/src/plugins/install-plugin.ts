import { appendAudit, type Prisma } from '@ia-modules/database';
import { type Diagnostic, didYouMean } from '@ia-modules/engine';
import { grantSchema, PlatformError, type PluginGrant, type PluginManifest } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { switchedOff } from '../flags/flag-reader.ts';
import { type AskRows, planInstall, refuseWhileNeeded, requireDependencies } from './install-plan.ts';
import { lockInstallations } from './lock-installations.ts';
import type { InstallationRow } from './plugin-rows.ts';
import { storedManifest } from './stored-manifest.ts';

/** What somebody would allow a plugin, unchecked. */
export type GivenGrant = {
  readonly net: readonly string[];
  readonly secrets: readonly string[];
  readonly blobs: boolean;
};

export type InstallPluginRequest = {
  readonly tenantId: string;
  readonly name: string;
  readonly version: string | null;
  readonly grant: GivenGrant;
};

export type CatalogueVersion = {
  readonly version: string;
  readonly integrity: string;
  readonly manifest: PluginManifest;
};

const diagnostic = (path: string, message: string, hint: string): Diagnostic => ({
  code: 'IA_API_INVALID',
  severity: 'error',
  path,
  line: null,
  column: null,
  message,
  hint,
});

const invalid = (message: string, diagnostics: readonly Diagnostic[]): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint: 'The diagnostics say what.', details: { diagnostics } });

/** The newest version in the range that is not deprecated; the catalogue shows what the tenant may see. */
export const findVersion = async (
  tx: Prisma.TransactionClient,
  { name, version: range }: Pick<InstallPluginRequest, 'name' | 'version'>,
): Promise<CatalogueVersion> => {
  const versions = await tx.pluginVersion.findMany({
    where: { pluginName: name },
    select: { version: true, integrity: true, manifest: true, deprecated: true },
  });
  if (versions.length === 0) throw notFound();
  const exact = versions.find((candidate) => candidate.version === range);
  const usable = versions.filter((candidate) => candidate.deprecated === null).map((candidate) => candidate.version);
  const best =
    exact?.version ??
    semver.maxSatisfying(usable, range ?? '*') ??
    (range === null ? semver.rsort([...usable])[0] : null);
  const found = versions.find((candidate) => candidate.version === best);
  if (found === undefined) {
    const known = semver.rsort(versions.map((candidate) => candidate.version)).slice(0, 5);
    const hint = `The newest versions are ${known.join(', ')}.`;
    const message = `${name} has no usable version that fits ${range ?? '*'}.`;
    throw invalid(message, [diagnostic('$.version', message, hint)]);
  }
  return {
    version: found.version,
    integrity: found.integrity,
    manifest: storedManifest(found.manifest as unknown as PluginManifest),
  };
};

/** A tenant may grant less than a plugin asks for, never more: what nobody asked for, nobody would notice. */
export const checkGrant = (grant: PluginGrant, { permissions }: PluginManifest): void => {
  const diagnostics = (['net', 'secrets'] as const).flatMap((kind) => {
    const asked = new Set(permissions[kind]);
    return grant[kind]
      .filter((item) => !asked.has(item))
      .map((item) => {
        const list = [...asked].join(', ') || 'nothing';
        return diagnostic(`$.grant.${kind}`, `The plugin does not ask for ${item}.`, `It asks for: ${list}.`);
      });
  });
  if (grant.blobs && !permissions.blobs) {
    const message = 'The plugin does not ask for stored bytes.';
    diagnostics.push(diagnostic('$.grant.blobs', message, 'Leave `blobs` out.'));
  }
  if (diagnostics.length > 0) throw invalid('The grant goes beyond what the plugin asks for.', diagnostics);
};

export const parseGrant = (grant: InstallPluginRequest['grant']): PluginGrant => {
  const parsed = grantSchema.safeParse(grant);
  if (parsed.success) return parsed.data;
  throw invalid(
    'The grant is not valid.',
    parsed.error.issues.map((issue) =>
      diagnostic(`$.grant.${issue.path.join('.')}`, issue.message, 'See docs/plugins.md.'),
    ),
  );
};

export type InstalledByRequest = {
  readonly installation: InstallationRow;
  readonly diagnostics: readonly Diagnostic[];
};

/** What is granted may be set later: until then the plugin does not get it. */
const missingSecrets = async (
  tx: Prisma.TransactionClient,
  tenantId: string,
  { secrets: names }: PluginGrant,
): Promise<readonly Diagnostic[]> => {
  if (names.length === 0) return [];
  const known = await tx.secret.findMany({ where: { tenantId }, select: { name: true } });
  const existing = known.map(({ name }) => name);
  return names
    .filter((name) => !existing.includes(name))
    .map((name) => ({
      ...diagnostic('$.grant.secrets', `There is no secret ${name} yet.`, didYouMean(name, existing) ?? 'Create it.'),
      code: 'IA_SECRET_UNKNOWN',
      severity: 'warning',
    }));
};

const refuseForeign = async (tx: Prisma.TransactionClient, { tenantId, name }: InstallPluginRequest): Promise<void> => {
  const own = await tx.plugin.findFirst({ where: { name, tenantId }, select: { name: true } });
  if (own === null) throw switchedOff('COMMUNITY_PLUGINS');
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
  const takesForeign = await context.services.flags.isEnabled(tenantId, 'COMMUNITY_PLUGINS');
  return context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    if (!takesForeign) await refuseForeign(tx, request);
    const { version, integrity, manifest } = await findVersion(tx, request);
    checkGrant(grant, manifest);
    requireDependencies(await planInstall(rowsOf(tx), { tenantId, name: pluginName, version }), pluginName);
    const data = { version, integrity, grant, installedBy: principalId(principal) };
    const before = await tx.installation.findUnique({
      where: { tenantId_pluginName: { tenantId, pluginName } },
      select: { version: true, integrity: true, grant: true },
    });
    const installation = await tx.installation.upsert({
      where: { tenantId_pluginName: { tenantId, pluginName } },
      create: { id: uuid(), tenantId, pluginName, ...data },
      update: data,
    });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.install',
      target: `plugin:${pluginName}`,
      details: { before, after: { version, integrity, grant } },
    });
    return { installation: { ...installation, grant }, diagnostics: await missingSecrets(tx, tenantId, grant) };
  });
};

/** Asks in the transaction of a change. */
export const rowsOf =
  (tx: Prisma.TransactionClient): AskRows =>
  (sql, values) =>
    tx.$queryRawUnsafe(sql, ...values);

const FIND_USERS = `select p.name from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
  cross join lateral jsonb_each(v.resolved_plugins) as pinned
  where p.tenant_id = $1::uuid and p.archived_at is null and pinned.value ->> 'name' = $2
  order by p.name limit 5`;

/** Removes a plugin from a tenant. Refused while a pipeline uses it: its next run would fail. */
export const uninstallPlugin = async (context: ApiContext, tenantId: string, pluginName: string): Promise<void> => {
  await context.change(tenantId, 'plugin.install', async (tx, principal) => {
    await lockInstallations(tx, tenantId);
    const where = { tenantId_pluginName: { tenantId, pluginName } };
    const before = await tx.installation.findUnique({ where, select: { version: true, integrity: true, grant: true } });
    const { count } = await tx.installation.deleteMany({ where: { tenantId, pluginName } });
    if (count === 0) throw notFound();
    await refuseWhileNeeded(rowsOf(tx), tenantId, pluginName);
    const users = await tx.$queryRawUnsafe<{ name: string }[]>(FIND_USERS, tenantId, pluginName);
    if (users.length > 0) {
      throw new PlatformError({
        code: 'IA_API_CONFLICT',
        message: `Pipelines use this plugin: ${users.map((user) => user.name).join(', ')}.`,
        hint: 'Archive them or save them without it first.',
      });
    }
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.uninstall',
      target: `plugin:${pluginName}`,
      details: { before },
    });
  });
};
