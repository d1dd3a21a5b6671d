import { type PluginManifest, PlatformError } from '@ia-modules/plugin-sdk';
import { type DependencyProblem, resolvePlugins, type WantedPlugin } from '@ia-modules/plugin-sdk/dependencies';
import { notFound } from '../access.ts';
import type { AskRows } from './ask-rows.ts';
import { highestVersion } from './version-ranges.ts';

type Permissions = PluginManifest['permissions'];

/** A version of a plugin that has to be there; installing it is a consent of its own. */
export type PlannedInstall = {
  readonly name: string;
  readonly version: string;
  readonly permissions: Permissions;
  /** What the tenant has of it now. */
  readonly installedVersion: string | null;
};

/** What it takes to have a plugin in a tenant: dependencies first, itself last. */
export type InstallPlan = {
  readonly installs: readonly PlannedInstall[];
  readonly problems: readonly DependencyProblem[];
};

export type PlanQuery = {
  readonly tenantId: string;
  readonly name: string;
  /** A version or a range; null: the newest. */
  readonly version: string | null;
};

type Candidate = {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
};
type Installed = { readonly name: string; readonly version: string };
type InstalledVersion = Installed & { readonly isDefault: boolean };
type World = {
  /** The default versions. */
  readonly installed: ReadonlyMap<string, string>;
  /** All that are installed, each as `name@version`. */
  readonly present: ReadonlySet<string>;
  readonly catalogue: ReadonlyMap<string, readonly Candidate[]>;
};

const MAX_VERSIONS = 50;
const MAX_PACKAGES = 200;

const READ_INSTALLED = `select v.plugin_name as name, v.version, i.version = v.version as "isDefault"
  from installed_versions v join installations i on i.tenant_id = v.tenant_id and i.plugin_name = v.plugin_name
  where v.tenant_id = $1::uuid`;

/** The newest versions, and those that are installed or asked for, deprecated or not. */
const READ_CANDIDATES = `select v.plugin_name as name, v.version, coalesce(v.manifest -> 'dependencies', '{}') as dependencies,
    v.manifest -> 'permissions' as permissions
  from (select x.*, row_number() over (partition by x.plugin_name order by x.published_at desc) as place
    from plugin_versions x where x.plugin_name = any($1::text[])) v
  where (v.deprecated is null and v.place <= ${MAX_VERSIONS} and not exists (select from plugin_blocks_of(v.plugin_name, v.version))) or v.plugin_name || '@' || v.version = any($2::text[])`;

/** Finds what else a plugin needs in a tenant, and whether what is there still gets what it needs. */
export const planInstall = async (ask: AskRows, query: PlanQuery): Promise<InstallPlan> => {
  const world = await readWorld(ask, query);
  const target = chooseTarget(world, query);
  const kept = resolvePlugins({ wanted: [target, ...othersOf(world, target)], candidates: candidatesOf(world) });
  if (kept.ok) return { installs: toInstalls(kept.order, world), problems: [] };
  // Versions may stand beside each other: those that are there first, others where none of them fits.
  const beside = resolvePlugins({ wanted: [target], candidates: presentFirst(world, target) });
  if (beside.ok) return { installs: toInstalls(beside.order, world), problems: [] };
  const added = resolvePlugins({ wanted: [target], candidates: candidatesOf(world) });
  return added.ok
    ? { installs: toInstalls(added.order, world), problems: [] }
    : { installs: [], problems: added.problems };
};

const othersOf = ({ installed }: World, target: WantedPlugin): readonly WantedPlugin[] =>
  [...installed].filter(([name]) => name !== target.name).map(([name, range]) => ({ name, range }));

const candidatesOf =
  ({ catalogue }: World) =>
  (name: string): readonly Candidate[] =>
    catalogue.get(name) ?? [];

const presentFirst =
  ({ catalogue, present }: World, target: WantedPlugin) =>
  (name: string): readonly Candidate[] => {
    const all = catalogue.get(name) ?? [];
    if (name === target.name) return all;
    const there = all.filter(({ version }) => present.has(`${name}@${version}`));
    return there.length === 0 ? all : there;
  };

const readWorld = async (ask: AskRows, { tenantId, name, version }: PlanQuery): Promise<World> => {
  const rows = await ask<InstalledVersion>(READ_INSTALLED, [tenantId]);
  const installed = new Map(rows.filter(({ isDefault }) => isDefault).map((row) => [row.name, row.version]));
  const present = new Set(rows.map((row) => `${row.name}@${row.version}`));
  const exact = [...present, `${name}@${version}`];
  const catalogue = new Map<string, readonly Candidate[]>();
  let open = [...new Set([name, ...installed.keys()])];
  while (open.length > 0 && catalogue.size + open.length <= MAX_PACKAGES) {
    const found = await ask<Candidate>(READ_CANDIDATES, [open, exact]);
    for (const wanted of open)
      catalogue.set(
        wanted,
        found.filter((candidate) => candidate.name === wanted),
      );
    const needed = new Set(found.flatMap(({ dependencies }) => Object.keys(dependencies)));
    open = [...needed].filter((dependency) => !catalogue.has(dependency));
  }
  return { installed, present, catalogue };
};

const chooseTarget = ({ catalogue }: World, { name, version: range }: PlanQuery): WantedPlugin => {
  const versions = (catalogue.get(name) ?? []).map(({ version }) => version);
  const version = versions.find((exact) => exact === range) ?? highestVersion(versions, range);
  if (version === null) throw notFound();
  return { name, range: version };
};

const toInstalls = (order: readonly Installed[], { installed, present, catalogue }: World): PlannedInstall[] =>
  order.flatMap(({ name, version }) => {
    const found = catalogue.get(name)?.find((candidate) => candidate.version === version);
    const installedVersion = installed.get(name) ?? null;
    return found === undefined || present.has(`${name}@${version}`)
      ? []
      : [{ name, version, permissions: found.permissions, installedVersion }];
  });

const asksFor = ({ net, secrets, blobs }: Permissions): string => {
  const asked = [
    ...(net.length === 0 ? [] : [`the hosts ${net.join(', ')}`]),
    ...(secrets.length === 0 ? [] : [`the secrets ${secrets.join(', ')}`]),
    ...(blobs ? ['stored bytes'] : []),
  ];
  return asked.length === 0 ? 'It asks for nothing.' : `It asks for ${asked.join(', ')}.`;
};

/** @throws PlatformError IA_PLUGIN_DEPENDENCY with what has to be done before, one diagnostic each, in order */
export const requireDependencies = ({ installs, problems }: InstallPlan, name: string): void => {
  const before = installs.filter((install) => install.name !== name);
  if (problems.length === 0 && before.length === 0) return;
  const needed = before.map(({ name: package_, version, installedVersion, permissions }) => ({
    path: '$.name',
    message: `${package_}@${version} has to be installed first${installedVersion === null ? '' : `, in place of ${installedVersion}`}.`,
    hint: asksFor(permissions),
  }));
  const found = problems.map(({ message, hint }) => ({ path: '$.name', message, hint }));
  throw new PlatformError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: `${name} needs other plugins that are not there, or not in a version that fits.`,
    hint: 'Install what the diagnostics name, in their order, and grant each what it needs; then install this one.',
    details: {
      diagnostics: [...found, ...needed].map((item) => ({
        code: 'IA_PLUGIN_DEPENDENCY',
        severity: 'error',
        line: null,
        column: null,
        ...item,
      })),
    },
  });
};

const FIND_DEPENDENTS = `select distinct i.plugin_name as name from installed_versions i
  join plugin_versions v on v.plugin_name = i.plugin_name and v.version = i.version
  where i.tenant_id = $1::uuid and coalesce(v.manifest -> 'dependencies', '{}') ? $2 order by 1 limit 5`;

/** @throws PlatformError IA_API_CONFLICT while another installed plugin needs this one */
export const refuseWhileNeeded = async (ask: AskRows, tenantId: string, name: string): Promise<void> => {
  const dependents = (await ask<{ name: string }>(FIND_DEPENDENTS, [tenantId, name])).map((row) => row.name);
  if (dependents.length === 0) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `${dependents.join(', ')} ${dependents.length === 1 ? 'needs' : 'need'} this plugin.`,
    hint: 'Uninstall what needs it first.',
  });
};
