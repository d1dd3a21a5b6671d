import { PlatformError } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { compareContributions, type ContributionChange } from '../marketplace/differences/compare-contributions.ts';
import { type AskRows, askWith } from './ask-rows.ts';
import {
  type CatalogueVersion,
  chooseVersion,
  type KnownVersion,
  readVersion,
  readVersions,
  requireCompatible,
} from './choose-version.ts';
import { type InstallPlan, planInstall } from './install-plan.ts';
import { comparePermissions, isWidened, type PermissionChanges } from './permission-changes.ts';

export type UpgradePlanQuery = {
  readonly tenantId: string;
  readonly name: string;
  /** A version or a range; null: the newest. */
  readonly version: string | null;
};

export type StandingAdvisory = {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  readonly patchedRange: string | null;
};

/** Why an upgrade would be refused. */
export type UpgradeObstacle = { readonly code: string; readonly message: string; readonly hint: string | null };

/** What an upgrade would change; nothing of it happens. */
export type UpgradePlan = {
  readonly tenantId: string;
  readonly name: string;
  readonly from: string;
  readonly next: CatalogueVersion;
  /** From behind the version that is there up to the new one, the newest first. */
  readonly versions: readonly KnownVersion[];
  readonly permissionChanges: PermissionChanges;
  readonly contributionChanges: readonly ContributionChange[];
  readonly needsConsent: boolean;
  readonly installPlan: InstallPlan;
  readonly cured: readonly StandingAdvisory[];
  readonly obstacle: UpgradeObstacle | null;
};

const READ_DEFAULT = `select i.version, exists (select from installed_versions v
    where v.tenant_id = i.tenant_id and v.plugin_name = i.plugin_name and v.version = $3) as "isAgreed"
  from installations i where i.tenant_id = $1::uuid and i.plugin_name = $2`;

const READ_CURED = `select a.id, a.severity, a.title, a.patched_range as "patchedRange"
  from advisory_versions v join advisories a on a.id = v.advisory_id
  where v.plugin_name = $1 and v.version = $2 and a.withdrawn_at is null
    and not exists (select from advisory_versions o where o.advisory_id = a.id and o.version = $3)
  order by a.published_at desc limit 50`;

const MAX_VERSIONS = 100;

/** Finds what another version of an installed plugin would change. */
export const planUpgrade = async (context: ApiContext, query: UpgradePlanQuery): Promise<UpgradePlan> => {
  const { tenantId, name } = query;
  const plan = await context.session.read(tenantId, 'plugin.read', (client) => readPlan(askWith(client), query));
  return { ...plan, obstacle: await findObstacle(context, { tenantId, name, next: plan.next }) };
};

const readPlan = async (ask: AskRows, query: UpgradePlanQuery): Promise<Omit<UpgradePlan, 'obstacle'>> => {
  const { tenantId, name } = query;
  const [isThere] = await ask<{ version: string }>(READ_DEFAULT, [tenantId, name, null]);
  if (isThere === undefined) throw notFound();
  const from = isThere.version;
  const known = await readVersions(ask, name);
  const version = chooseVersion(known, query);
  const [installed] = await ask<{ isAgreed: boolean }>(READ_DEFAULT, [tenantId, name, version]);
  const [before, next] = [await readVersion(ask, name, from), await readVersion(ask, name, version)];
  const permissionChanges = comparePermissions(before.manifest.permissions, next.manifest.permissions);
  return {
    tenantId,
    name,
    from,
    next,
    versions: versionsBetween(known, from, version),
    permissionChanges,
    contributionChanges: compareContributions(before.manifest, next.manifest),
    needsConsent: installed?.isAgreed !== true && isWidened(permissionChanges),
    installPlan: await planInstall(ask, { tenantId, name, version }),
    cured: await ask<StandingAdvisory>(READ_CURED, [name, from, version]),
  };
};

const versionsBetween = (known: readonly KnownVersion[], from: string, to: string): readonly KnownVersion[] => {
  const isBack = semver.lt(to, from);
  return known
    .filter(({ version }) =>
      isBack
        ? semver.gte(version, to) && semver.lt(version, from)
        : semver.gt(version, from) && semver.lte(version, to),
    )
    .toSorted((one, other) => semver.rcompare(one.version, other.version))
    .slice(0, MAX_VERSIONS);
};

type Planned = { readonly tenantId: string; readonly name: string; readonly next: CatalogueVersion };

const findObstacle = async (
  { services }: ApiContext,
  { tenantId, name, next }: Planned,
): Promise<UpgradeObstacle | null> => {
  try {
    await services.admission.check({ tenantId, name, version: next.version });
    requireCompatible(name, next);
    return null;
  } catch (error) {
    if (!(error instanceof PlatformError) || !error.code.startsWith('IA_PLUGIN_')) throw error;
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  }
};
