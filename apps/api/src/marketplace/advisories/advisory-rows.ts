import type { Pool, PoolClient } from 'pg';
import { type CursorKey, type Keyset, keysetSql, type Page, SqlParameters } from '../../page.ts';

export const ADVISORY_SEVERITIES = {
  low: 'Hardly anybody is hurt by it.',
  moderate: 'It hurts under conditions that few meet.',
  high: 'It hurts many.',
  critical: 'It hurts everybody who runs it.',
} as const;
export type AdvisorySeverity = keyof typeof ADVISORY_SEVERITIES;

export type AdvisoryRow = {
  readonly id: string;
  /** Of the plugin's owner. */
  readonly tenantId: string;
  readonly pluginName: string;
  /** As npm writes ranges; prereleases count. */
  readonly affectedRange: string;
  readonly patchedRange: string | null;
  readonly severity: AdvisorySeverity;
  readonly title: string;
  readonly description: string;
  readonly publishedAt: Date;
  readonly withdrawnAt: Date | null;
  /** The published versions that the range holds. */
  readonly versions: readonly string[];
};

type Reader = Pool | PoolClient;

export const ADVISORY_COLUMNS = `a.id, a.tenant_id as "tenantId", a.plugin_name as "pluginName", a.affected_range as "affectedRange",
  a.patched_range as "patchedRange", a.severity, a.title, a.description, a.published_at as "publishedAt",
  a.withdrawn_at as "withdrawnAt",
  array(select v.version from advisory_versions v where v.advisory_id = a.id order by v.version) as versions`;

const KEYSET: Keyset = {
  columns: [
    { column: 'a.published_at', type: 'timestamptz' },
    { column: 'a.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const advisoryKey = ({ publishedAt, id }: AdvisoryRow): CursorKey => [publishedAt.toISOString(), id];

export type AdvisoryFilter = {
  readonly pluginName: string;
  /** Only those that hold it. */
  readonly version: string | null;
};

/** Of one plugin, those that were withdrawn too. */
export const listAdvisories = async (
  reader: Reader,
  { filter, page }: Readonly<{ filter: AdvisoryFilter; page: Page }>,
): Promise<AdvisoryRow[]> => {
  const parameters = new SqlParameters();
  const name = parameters.add(filter.pluginName, 'text');
  const holds =
    filter.version === null
      ? 'true'
      : `exists (select from advisory_versions h where h.advisory_id = a.id and h.version = ${parameters.add(filter.version, 'text')})`;
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${ADVISORY_COLUMNS} from advisories a
    where a.plugin_name = ${name} and ${holds} and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await reader.query<AdvisoryRow>(sql, parameters.values)).rows;
};

/** Those that stand against versions that the tenant has installed. */
export const listTenantAdvisories = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<AdvisoryRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql(KEYSET, page, parameters);
  const sql = `select ${ADVISORY_COLUMNS} from advisories a
    where a.withdrawn_at is null and a.id in (
      select v.advisory_id from installed_versions i
      join advisory_versions v on v.plugin_name = i.plugin_name and v.version = i.version
      where i.tenant_id = ${tenant})
    and ${keyset.where} ${keyset.orderAndLimit}`;
  return (await client.query<AdvisoryRow>(sql, parameters.values)).rows;
};
