import { createListLoader, createRowLoader, groupRows, type ListLoader, type RowLoader } from '../loaders.ts';
import type { Page } from '../page.ts';
import type { TenantSession } from '../tenant-session.ts';
import type { ValueBudget } from '../value-budget.ts';
import {
  type BenchmarkContent,
  type BenchmarkRow,
  fetchBenchmarkContents,
  fetchBenchmarks,
  listBenchmarkHistories,
} from './benchmark-rows.ts';

type HistoryArguments = { readonly tenantId: string; readonly page: Page };

export type BenchmarkLoaders = {
  readonly benchmarks: RowLoader<BenchmarkRow>;
  readonly benchmarkContents: RowLoader<BenchmarkContent>;
  /** By the name of the benchmark. */
  readonly benchmarkHistories: ListLoader<HistoryArguments, readonly BenchmarkRow[]>;
};

/** The loaders of benchmark reports within one GraphQL operation. */
export const createBenchmarkLoaders = (session: TenantSession, budget: ValueBudget): BenchmarkLoaders => {
  const permission = 'benchmark.read';
  return {
    benchmarks: createRowLoader({ session, permission, fetch: fetchBenchmarks, idOf: (row) => row.id }),
    benchmarkContents: createRowLoader<BenchmarkContent>({
      session,
      permission,
      fetch: (client, ids) => fetchBenchmarkContents(client, ids, budget),
      idOf: (row) => row.id,
    }),
    benchmarkHistories: createListLoader<HistoryArguments, readonly BenchmarkRow[]>({
      session,
      permission,
      list: async (client, names, args) =>
        groupRows(await listBenchmarkHistories(client, { names, ...args }), (row) => row.name),
      empty: [],
    }),
  };
};
