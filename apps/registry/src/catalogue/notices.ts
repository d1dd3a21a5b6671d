import { type AuditOrigin, type Database, type Prisma, appendAudit, withTenant } from '@ia-modules/database';
import type { Actor } from './catalogue.ts';
import { type Notice, formatNotice } from './notice.ts';
import { type PackageName, parsePackageName } from '../access/package-name.ts';

/** Whose package is changed, and in whose name. */
export type NoticeChange = Readonly<{ tenantId: string; actor: Actor; origin: AuditOrigin; name: PackageName }>;

/** What the storage should say of a package. */
export type WantedNotices = Readonly<{
  latestVersion: string;
  /** The text of each version; empty for one that is not deprecated. */
  texts: ReadonlyMap<string, string>;
}>;

type Behind = Readonly<{ name: PackageName; tenantId: string }>;

/**
 * What is said of packages beside their tarballs: deprecations, replacements and the latest version. The database is where
 * they are changed, here and by the API; the storage of the registry follows.
 */
export type Notices = Readonly<{
  deprecate(change: NoticeChange, notices: ReadonlyMap<string, Notice | null>): Promise<void>;
  setLatest(change: NoticeChange, latestVersion: string): Promise<void>;
  /** The packages whose storage does not say yet what it should. */
  behind(): Promise<readonly Behind[]>;
  /** Has `write` bring the storage up to date, if it is behind. A change that comes meanwhile waits. */
  carry(behind: Behind, write: (wanted: WantedNotices) => Promise<void>): Promise<void>;
}>;

export function createNotices(database: Database): Notices {
  return {
    deprecate: (change, notices) => deprecate(database, change, notices),
    setLatest: (change, latestVersion) => setLatest(database, change, latestVersion),
    behind: () => findBehind(database),
    carry: (behind, write) => carry(database, behind, write),
  };
}

async function deprecate(
  database: Database,
  { tenantId, actor, origin, name }: NoticeChange,
  notices: ReadonlyMap<string, Notice | null>,
): Promise<void> {
  const work = async (tx: Prisma.TransactionClient): Promise<void> => {
    for (const [version, notice] of notices) {
      const where = { pluginName: name.full, version, tenantId };
      const before = await tx.pluginVersion.findFirst({ where, select: { deprecated: true, replacement: true } });
      const after = { deprecated: notice?.message ?? null, replacement: notice?.replacement ?? null };
      await tx.pluginVersion.updateMany({ where, data: after });
      const target = `plugin:${name.full}@${version}`;
      await appendAudit(tx, { tenantId, actor, action: 'plugin.deprecate', target, details: { before, after } });
    }
    await tx.plugin.updateMany({ where: { name: name.full, tenantId }, data: { isStorageBehind: true } });
  };
  await withTenant(database, tenantId, work, { origin });
}

async function setLatest(
  database: Database,
  { tenantId, actor, origin, name }: NoticeChange,
  latestVersion: string,
): Promise<void> {
  const work = async (tx: Prisma.TransactionClient): Promise<void> => {
    const where = { name: name.full, tenantId };
    const before = await tx.plugin.findFirst({ where, select: { latestVersion: true } });
    await tx.plugin.updateMany({ where, data: { latestVersion, isStorageBehind: true } });
    const details = { before, after: { latestVersion } };
    await appendAudit(tx, { tenantId, actor, action: 'plugin.set_latest', target: `plugin:${name.full}`, details });
  };
  await withTenant(database, tenantId, work, { origin });
}

async function findBehind(database: Database): Promise<Behind[]> {
  const { rows } = await database.pool.query<{ name: string; tenant_id: string }>(
    'SELECT name, tenant_id FROM plugins_behind()',
  );
  return rows.flatMap(({ name: text, tenant_id: tenantId }) => {
    const name = parsePackageName(text);
    return name === null ? [] : [{ name, tenantId }];
  });
}

async function carry(
  database: Database,
  { name, tenantId }: Behind,
  write: (wanted: WantedNotices) => Promise<void>,
): Promise<void> {
  await withTenant(database, tenantId, async (tx) => {
    const [plugin] = await tx.$queryRaw<{ latest_version: string }[]>`
      SELECT latest_version FROM plugins WHERE name = ${name.full} AND is_storage_behind FOR UPDATE`;
    if (plugin === undefined) return;
    const versions = await tx.pluginVersion.findMany({
      where: { pluginName: name.full, tenantId },
      select: { version: true, deprecated: true, replacement: true },
    });
    await write({
      latestVersion: plugin.latest_version,
      texts: new Map(versions.map((row) => [row.version, textOf(row)])),
    });
    await tx.plugin.updateMany({ where: { name: name.full, tenantId }, data: { isStorageBehind: false } });
  });
}

function textOf({
  deprecated,
  replacement,
}: Readonly<{ deprecated: string | null; replacement: string | null }>): string {
  return formatNotice(deprecated === null ? null : { message: deprecated, replacement });
}
