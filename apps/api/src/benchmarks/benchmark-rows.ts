import type { BenchmarkReport } from '@ia-modules/benchmark';
import type { PoolClient } from 'pg';
import { type Keyset, keysetSql, type Page, SqlParameters } from '../page.ts';
import type { ValueBudget } from '../value-budget.ts';

/** All but what was measured. */
export type BenchmarkRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly label: string;
  readonly createdBy: string;
  readonly createdAt: Date;
};

export type BenchmarkContent = { readonly id: string; readonly report: BenchmarkReport };

const COLUMNS = `b.id, b.tenant_id as "tenantId", b.name, b.label, b.created_by as "createdBy", b.created_at as "createdAt"`;

const NAME_KEYSET: Keyset = { columns: [{ column: 'b.name', type: 'text' }], order: 'asc' };
const HISTORY_KEYSET: Keyset = {
  columns: [
    { column: 'b.created_at', type: 'timestamptz' },
    { column: 'b.id', type: 'uuid' },
  ],
  order: 'desc',
};

export const fetchBenchmarks = async (client: PoolClient, ids: readonly string[]): Promise<BenchmarkRow[]> =>
  (await client.query<BenchmarkRow>(`select ${COLUMNS} from benchmark_reports b where b.id = any($1::uuid[])`, [ids]))
    .rows;

const READ_SIZE = `select coalesce(sum(pg_column_size(b.report)), 0)::float8 as size from benchmark_reports b
  where b.id = any($1::uuid[])`;
const READ_CONTENTS = 'select b.id, b.report from benchmark_reports b where b.id = any($1::uuid[])';

export const fetchBenchmarkContents = async (
  client: PoolClient,
  ids: readonly string[],
  budget: ValueBudget,
): Promise<BenchmarkContent[]> => {
  const { rows: sizes } = await client.query<{ size: number }>(READ_SIZE, [ids]);
  budget.spend(sizes[0]?.size ?? 0);
  return (await client.query<BenchmarkContent>(READ_CONTENTS, [ids])).rows;
};

/** The latest report of each name. A tenant has a bounded number of reports. */
export const listLatestBenchmarks = async (
  client: PoolClient,
  { tenantId, page }: Readonly<{ tenantId: string; page: Page }>,
): Promise<BenchmarkRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const keyset = keysetSql(NAME_KEYSET, page, parameters);
  const sql = `select b.* from (
      select distinct on (b.name) ${COLUMNS} from benchmark_reports b
      where b.tenant_id = ${tenant} and ${keyset.where} order by b.name, b.created_at desc, b.id desc
    ) b ${keyset.orderAndLimit}`;
  return (await client.query<BenchmarkRow>(sql, parameters.values)).rows;
};

/** The reports of many names in one statement, each list cut to the page. */
export const listBenchmarkHistories = async (
  client: PoolClient,
  { tenantId, names, page }: Readonly<{ tenantId: string; names: readonly string[]; page: Page }>,
): Promise<BenchmarkRow[]> => {
  const parameters = new SqlParameters();
  const tenant = parameters.add(tenantId, 'uuid');
  const parents = parameters.add(names, 'text[]');
  const keyset = keysetSql(HISTORY_KEYSET, page, parameters);
  const sql = `select child.* from unnest(${parents}) as parent (name) cross join lateral (
      select ${COLUMNS} from benchmark_reports b
      where b.tenant_id = ${tenant} and b.name = parent.name and ${keyset.where} ${keyset.orderAndLimit}
    ) child`;
  return (await client.query<BenchmarkRow>(sql, parameters.values)).rows;
};
