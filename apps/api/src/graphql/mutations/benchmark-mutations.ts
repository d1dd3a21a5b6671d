import { requireTenantId, requireTenantNodeId } from '../../access.ts';
import { deleteBenchmark, uploadBenchmark } from '../../benchmarks/benchmark-changes.ts';
import type { BenchmarkRow } from '../../benchmarks/benchmark-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { BenchmarkReportRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const UploadBenchmarkInput = builder.inputType('UploadBenchmarkInput', {
  description: 'A report of a benchmark.',
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Whose it will be.' }),
    name: t.string({ required: true, description: 'What is measured again and again: its reports are compared.' }),
    label: t.string({ required: true, description: 'What was measured this time: a commit, a version.' }),
    report: t.field({
      type: 'JSON',
      required: true,
      description: 'As `ia-modules bench run` writes it, up to 256 KiB and 100 cases.',
    }),
    idempotencyKey: t.string({
      description: 'Within a day the same request under the same key answers the report that the first one made.',
    }),
  }),
});

const UploadBenchmarkSuccess = builder
  .objectRef<{ readonly kind: 'UploadBenchmarkSuccess'; readonly benchmarkReport: BenchmarkRow }>(
    'UploadBenchmarkSuccess',
  )
  .implement({
    description: 'The report is there.',
    fields: (t) => ({
      benchmarkReport: t.expose('benchmarkReport', { type: BenchmarkReportRef, description: 'The report.' }),
    }),
  });

builder.mutationField('uploadBenchmark', (t) =>
  t.field({
    type: resultUnion('UploadBenchmarkResult', UploadBenchmarkSuccess),
    description: example(
      'Keeps a report of a benchmark, to compare others with.',
      `mutation {
        uploadBenchmark(input: { tenantId: "<tenant>", name: "orders", label: "v1.4.0", report: {
          format: 1, measuredAt: "2026-01-31T09:00:00Z", machine: { cpu: "any", cores: 2, memoryGb: 4, node: "26.0.0" },
          cases: [{ name: "run", unit: "ms", isLowerBetter: true, samples: [12, 11, 13],
            summary: { count: 3, min: 11, median: 12, p95: 12.9, p99: 12.98, max: 13, mean: 12, mad: 1 } }]
        } }) { __typename ... on UploadBenchmarkSuccess { benchmarkReport { id } } }
      }`,
    ),
    args: { input: t.arg({ type: UploadBenchmarkInput, required: true, description: 'The report.' }) },
    resolve: (_root, { input: { tenantId, name, label, report, idempotencyKey } }, context) =>
      answer(async () => ({
        kind: 'UploadBenchmarkSuccess' as const,
        benchmarkReport: await uploadBenchmark(context, {
          tenantId: requireTenantId(context.viewer.principal, tenantId),
          name,
          label,
          report,
          idempotencyKey: idempotencyKey ?? null,
        }),
      })),
  }),
);

const DeleteBenchmarkInput = builder.inputType('DeleteBenchmarkInput', {
  description: 'A report that goes.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Of the report.' }) }),
});

const DeleteBenchmarkSuccess = builder
  .objectRef<{ readonly kind: 'DeleteBenchmarkSuccess'; readonly deletedId: string }>('DeleteBenchmarkSuccess')
  .implement({
    description: 'The report is gone.',
    fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'Its id.' }) }),
  });

builder.mutationField('deleteBenchmark', (t) =>
  t.field({
    type: resultUnion('DeleteBenchmarkResult', DeleteBenchmarkSuccess),
    description: example(
      'Takes one report of a benchmark away for good.',
      'mutation { deleteBenchmark(input: { id: "<benchmarkReport>" }) { __typename } }',
    ),
    args: { input: t.arg({ type: DeleteBenchmarkInput, required: true, description: 'The report.' }) },
    resolve: (_root, { input: { id } }, context) =>
      answer(async () => {
        await deleteBenchmark(context, requireTenantNodeId(context.viewer.principal, 'BenchmarkReport', id));
        return { kind: 'DeleteBenchmarkSuccess' as const, deletedId: id };
      }),
  }),
);
