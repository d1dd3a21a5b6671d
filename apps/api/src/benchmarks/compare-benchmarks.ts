import { compareReports, DEFAULT_THRESHOLD, type ReportComparison } from '@ia-modules/benchmark';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import type { BenchmarkRow } from './benchmark-rows.ts';

export type BenchmarkComparison = ReportComparison & {
  readonly base: BenchmarkRow;
  readonly head: BenchmarkRow;
  readonly threshold: number;
};

export type ComparisonRequest = {
  readonly base: TenantKey;
  readonly head: TenantKey;
  readonly threshold: number | null;
};

/** @throws PlatformError IA_API_NOT_FOUND, IA_API_INVALID */
export const compareBenchmarks = async (
  { loaders }: ApiContext,
  { base, head, threshold }: ComparisonRequest,
): Promise<BenchmarkComparison> => {
  const bound = threshold ?? DEFAULT_THRESHOLD;
  if (!(bound > 0 && bound <= 10)) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: '`threshold` is a share above 0, such as 0.05.' });
  }
  const load = async (key: TenantKey) => {
    const [row, content] = await Promise.all([loaders.benchmarks.load(key), loaders.benchmarkContents.load(key)]);
    if (row === null || content === null) throw notFound();
    return { row, report: content.report };
  };
  const [before, after] = await Promise.all([load(base), load(head)]);
  return {
    base: before.row,
    head: after.row,
    threshold: bound,
    ...compareReports(before.report, after.report, bound),
  };
};
