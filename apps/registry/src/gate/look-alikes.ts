import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { Database, Prisma } from '@ia-modules/database';
import { readsLike } from '@ia-modules/plugin-names';
import { COMMUNITY_SCOPE, type PackageName, parsePackageName } from '../access/package-name.ts';
import type { Problem } from '../problem.ts';
import { registryError } from '../registry-error.ts';

/** Finds whose name a new one under `@community` would be taken for. Names that a tenant has are its own, whatever they read like. */
export type FindLookAlikes = (name: PackageName, tenantId: string) => Promise<readonly Problem[]>;

const PLUGIN_PREFIX = /^(?:ia-)?plugin-/;

export function createFindLookAlikes(pool: Database['pool']): FindLookAlikes {
  return async (name, tenantId) => {
    if (name.scope !== COMMUNITY_SCOPE || (await isTaken(pool, name))) return [];
    const builtIn = builtInLike(name);
    if (builtIn !== undefined) return [lookAlike(name, `${builtIn}, a plugin of the platform`)];
    const { rows } = await pool.query<NameRow>('SELECT name FROM public_plugin_names_of_others($1)', [tenantId]);
    return likeOthers(name, rows);
  };
}

/**
 * Asks again in the transaction that takes the name, one new name at a time: of two that read alike and come at once, one gets
 * through.
 *
 * @throws {PlatformError} IA_REGISTRY_NAME
 */
export async function requireUnlike(tx: Prisma.TransactionClient, name: PackageName, tenantId: string): Promise<void> {
  if (name.scope !== COMMUNITY_SCOPE) return;
  const owners = await tx.$queryRaw<object[]>`SELECT 1 FROM plugin_owner(${name.full})`;
  if (owners.length > 0) return;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('names of the community', 0))`;
  const rows = await tx.$queryRaw<NameRow[]>`SELECT name FROM public_plugin_names_of_others(${tenantId}::uuid)`;
  const problems = likeOthers(name, rows);
  if (problems.length > 0) throw registryError(problems);
}

type NameRow = { readonly name: string };

function likeOthers(name: PackageName, rows: readonly NameRow[]): readonly Problem[] {
  const other = rows.find((row) => readsLike(name.base, parsePackageName(row.name)?.base ?? ''));
  return other === undefined ? [] : [lookAlike(name, `${other.name}, which belongs to another tenant`)];
}

/** By the name of its package and by what pipelines call it. */
function builtInLike({ base }: PackageName): string | undefined {
  const own = base.replace(PLUGIN_PREFIX, '');
  return [...BUILT_IN_PLUGINS.values()].find(({ alias }) => readsLike(own, alias))?.name;
}

/** Who may add to a name that is taken is checked elsewhere. */
async function isTaken(pool: Database['pool'], name: PackageName): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM plugin_owner($1)', [name.full]);
  return rowCount !== 0;
}

function lookAlike(name: PackageName, other: string): Problem {
  return {
    code: 'IA_REGISTRY_NAME',
    message: `${name.full} reads like ${other}.`,
    hint: 'Choose a name that nobody takes for another one.',
  };
}
