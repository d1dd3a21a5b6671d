import { type PluginManifest, PlatformError } from '@ia-modules/plugin-sdk';
import { type DependencyProblem, resolvePlugins } from '@ia-modules/plugin-sdk/dependencies';
import semver from 'semver';
import { notFound } from '../access.ts';

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

/** Asks the database as one tenant. */
export type AskRows = <T extends object>(sql: string, values: readonly unknown[]) => Promise<readonly T[]>;

type Candidate = {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
};
type Installed = { readonly name: string; readonly version: string };
type World = {
  readonly installed: ReadonlyMap<string, string>;
  readonly catalogue: ReadonlyMap<string, readonly Candidate[]>;
};

const MAX_VERSIONS = 50;
const MAX_PACKAGES = 200;

const READ_INSTALLED = `select plugin_name as name, version from installations where tenant_id = $1::uuid`;

/** The newest versions, and those that are installed or asked for, deprecated or not. */
const READ_CANDIDATES = `select v.plugin_name as name, v.version, coalesce(v.manifest -> 'dependencies', '{}') as dependencies,
    v.manifest -> 'permissions' as permissions
  from (select x.*, row_number() over (partition by x.plugin_name order by x.published_at desc) as place
    from plugin_versions x where x.plugin_name = any($1::text[])) v
  where (v.deprecated is null and v.place <= ${MAX_VERSIONS}) or v.plugin_name || '@' || v.version = any($2::text[])`;

/** Finds what else a plugin needs in a tenant, and whether what is there still gets what it needs. */
export const planInstall = async (ask: AskRows, query: PlanQuery): Promise<InstallPlan> => {
  const world = await readWorld(ask, query);
  const target = chooseVersion(world, query);
  const kept = resolveIn(world, target, ([, version]) => version);
  if (kept.ok) return { installs: toInstalls(kept.order, world), problems: [] };
  // What is there may have to move: that is for people to decide, one version after the other.
  const moved = resolveIn(world, target, () => '*');
  return { installs: moved.ok ? toInstalls(moved.order, world) : [], problems: kept.problems };
};

const readWorld = async (ask: AskRows, { tenantId, name, version }: PlanQuery): Promise<World> => {
  const rows = await ask<Installed>(READ_INSTALLED, [tenantId]);
  const installed = new Map(rows.map((row) => [row.name, row.version]));
  const exact = [...rows, { name, version }].map((row) => `${row.name}@${row.version}`);
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
  return { installed, catalogue };
};

const chooseVersion = ({ catalogue }: World, { name, version: range }: PlanQuery): Installed => {
  const versions = (catalogue.get(name) ?? []).map(({ version }) => version);
  const exact = versions.find((version) => version === range);
  const version =
    exact ?? semver.maxSatisfying(versions, range ?? '*') ?? (range === null ? semver.rsort(versions)[0] : null);
  if (version === null || version === undefined) throw notFound();
  return { name, version };
};

const resolveIn = (
  { installed, catalogue }: World,
  target: Installed,
  rangeOf: (plugin: readonly [name: string, version: string]) => string,
) =>
  resolvePlugins({
    wanted: [
      { name: target.name, range: target.version },
      ...[...installed]
        .filter(([name]) => name !== target.name)
        .map((plugin) => ({ name: plugin[0], range: rangeOf(plugin) })),
    ],
    candidates: (name) => catalogue.get(name) ?? [],
  });

const toInstalls = (order: readonly Installed[], { installed, catalogue }: World): PlannedInstall[] =>
  order.flatMap(({ name, version }) => {
    const found = catalogue.get(name)?.find((candidate) => candidate.version === version);
    const installedVersion = installed.get(name) ?? null;
    return found === undefined || installedVersion === version
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

const FIND_DEPENDENTS = `select i.plugin_name as name from installations i
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
