import { type CaseComparison, VERDICTS } from '@ia-modules/benchmark';
import { notFound, requireTenantNodeId } from '../../access.ts';
import { type BenchmarkRow, listLatestBenchmarks } from '../../benchmarks/benchmark-rows.ts';
import { type BenchmarkComparison, compareBenchmarks } from '../../benchmarks/compare-benchmarks.ts';
import { opaqueId, tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { BenchmarkReportRef, TenantRef } from '../refs.ts';

BenchmarkReportRef.implement({
  description: 'A measurement that somebody uploaded, as `ia-modules bench` writes it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: (row) => tenantNodeId('BenchmarkReport', row) }),
    name: t.exposeString('name', { description: 'What is measured again and again.' }),
    label: t.exposeString('label', { description: 'What was measured this time: a commit, a version.' }),
    report: t.field({
      type: 'JSON',
      description: 'The report as it was uploaded: machine, time, and each case with its samples.',
      complexity: { field: 5, multiplier: 1 },
      resolve: async ({ tenantId, id }, _args, { loaders }) => {
        const content = await loaders.benchmarkContents.load({ tenantId, id });
        if (content === null) throw notFound();
        return content.report;
      },
    }),
    createdBy: t.exposeString('createdBy', { description: 'The id of the user or token that uploaded it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was uploaded.' }),
  }),
});

/** A benchmark is known by the latest report of its name. */
const BenchmarkRef = builder.objectRef<BenchmarkRow>('Benchmark').implement({
  description: 'All reports of one name.',
  fields: (t) => ({
    id: t.id({
      description: 'Stable within the tenant; no node.',
      resolve: ({ tenantId, name }) => opaqueId('Benchmark', tenantId, name),
    }),
    name: t.exposeString('name', { description: 'Its name, unique in the tenant.' }),
    latest: t.field({ type: BenchmarkReportRef, description: 'The report uploaded last.', resolve: (row) => row }),
    history: t.connection({
      type: BenchmarkReportRef,
      description: 'Its reports, newest first.',
      complexity: connectionCost,
      resolve: async ({ tenantId, name }, args, { loaders }) => {
        const page = parsePage('benchmarkHistory', args, 2, tenantId);
        const rows = await loaders.benchmarkHistories.load({ tenantId, id: name, args: { tenantId, page } });
        return toConnection(page, rows, (row) => [row.createdAt.toISOString(), row.id]);
      },
    }),
  }),
});

builder.objectField(TenantRef, 'benchmarks', (t) =>
  t.connection({
    type: BenchmarkRef,
    description: 'What is measured in the tenant, by name.',
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const page = parsePage('benchmarks', args, 1, tenantId);
      const rows = await session.read(tenantId, 'benchmark.read', (client) =>
        listLatestBenchmarks(client, { tenantId, page }),
      );
      return toConnection(page, rows, (row) => [row.name]);
    },
  }),
);

builder.objectField(TenantRef, 'benchmark', (t) =>
  t.field({
    type: BenchmarkRef,
    nullable: true,
    description: 'The benchmark with a name; null when nobody has uploaded a report of it.',
    args: { name: t.arg.string({ required: true, description: 'Its name.' }) },
    resolve: async ({ id: tenantId }, { name }, { loaders }) => {
      const page = parsePage('benchmarkHistory', { first: 1 }, 2, tenantId);
      const [latest] = await loaders.benchmarkHistories.load({ tenantId, id: name, args: { tenantId, page } });
      return latest ?? null;
    },
  }),
);

const BenchmarkVerdictEnum = builder.enumType('BenchmarkVerdict', {
  description: 'How the later report compares with the earlier one.',
  values: {
    FASTER: { value: VERDICTS[0], description: 'Better by more than the threshold, with 95 % confidence.' },
    SLOWER: { value: VERDICTS[1], description: 'Worse by more than the threshold, with 95 % confidence.' },
    SAME: { value: VERDICTS[2], description: 'Within the threshold, with 95 % confidence.' },
    UNCLEAR: {
      value: VERDICTS[3],
      description: 'None of these can be said: too few samples, or they are spread too wide.',
    },
  } as const,
});

const IntervalRef = builder.objectRef<NonNullable<CaseComparison['interval']>>('RatioInterval').implement({
  description: 'Where the true ratio lies, with 95 % confidence.',
  fields: (t) => ({
    low: t.exposeFloat('low', { description: 'Its lower end.' }),
    high: t.exposeFloat('high', { description: 'Its upper end.' }),
  }),
});

const CaseComparisonRef = builder.objectRef<CaseComparison>('BenchmarkCaseComparison').implement({
  description: 'One case of two reports.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the case.' }),
    unit: t.exposeString('unit', { description: 'Of its figures, such as `ms`.' }),
    isLowerBetter: t.exposeBoolean('isLowerBetter', { description: 'Whether less is better.' }),
    baseMedian: t.exposeFloat('baseMedian', { description: 'The median of the earlier report.' }),
    headMedian: t.exposeFloat('headMedian', { description: 'The median of the later report.' }),
    ratio: t.exposeFloat('ratio', { description: 'How many times the earlier figure the later one is.' }),
    interval: t.expose('interval', {
      type: IntervalRef,
      nullable: true,
      description: 'What is known of the ratio; null with fewer than 5 samples in either report.',
    }),
    verdict: t.expose('verdict', { type: BenchmarkVerdictEnum, description: 'What follows from the interval.' }),
  }),
});

const BenchmarkComparisonRef = builder.objectRef<BenchmarkComparison>('BenchmarkComparison').implement({
  description: 'A later report against an earlier one.',
  fields: (t) => ({
    base: t.expose('base', { type: BenchmarkReportRef, description: 'The earlier report.' }),
    head: t.expose('head', { type: BenchmarkReportRef, description: 'The later report.' }),
    threshold: t.exposeFloat('threshold', { description: 'The share up to which a change is none.' }),
    cases: t.field({
      type: [CaseComparisonRef],
      description: 'The cases that both have, in the order of the later one.',
      resolve: ({ cases }) => [...cases],
    }),
    added: t.stringList({
      description: 'Names of cases that only the later one has.',
      resolve: ({ added }) => [...added],
    }),
    removed: t.stringList({
      description: 'Names of cases that only the earlier one has.',
      resolve: ({ removed }) => [...removed],
    }),
  }),
});

builder.queryField('compareBenchmarks', (t) =>
  t.field({
    type: BenchmarkComparisonRef,
    complexity: { field: 50, multiplier: 1 },
    description: example(
      'Compares two reports case by case: the ratio of their figures, how sure that is, and what follows from it.',
      `{
        compareBenchmarks(baseId: "<benchmarkReport>", headId: "<benchmarkReport>", threshold: 0.1) {
          cases { name ratio interval { low high } verdict }
          added
          removed
        }
      }`,
    ),
    args: {
      baseId: t.arg.id({ required: true, description: 'The earlier report.' }),
      headId: t.arg.id({ required: true, description: 'The later report.' }),
      threshold: t.arg.float({ description: 'The share up to which a change is none. 0.05 when left out.' }),
    },
    resolve: (_root, { baseId, headId, threshold }, context) => {
      const { principal } = context.viewer;
      return compareBenchmarks(context, {
        base: requireTenantNodeId(principal, 'BenchmarkReport', baseId),
        head: requireTenantNodeId(principal, 'BenchmarkReport', headId),
        threshold: threshold ?? null,
      });
    },
  }),
);
