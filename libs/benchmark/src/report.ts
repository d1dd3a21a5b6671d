import { z } from 'zod';
import type { Summary } from './statistics.ts';

export const MAX_CASES = 100;
export const MAX_SAMPLES = 1_000;
export const MAX_REPORT_BYTES = 256 * 1_024;

const figure = z.number().positive().finite();

const summarySchema = z.strictObject({
  count: z.int().positive(),
  min: figure,
  median: figure,
  p95: figure,
  p99: figure,
  max: figure,
  mean: figure,
  mad: z.number().nonnegative().finite(),
}) satisfies z.ZodType<Summary>;

const caseSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Of every figure, such as `ms`. */
  unit: z.string().min(1).max(20),
  /** Whether less is better, as with durations; else more is, as with throughput. */
  isLowerBetter: z.boolean(),
  summary: summarySchema,
  /** What it sums up; without them two reports are hard to tell apart. */
  samples: z.array(figure).max(MAX_SAMPLES).optional(),
});

const reportSchema = z.strictObject({
  format: z.literal(1),
  measuredAt: z.iso.datetime(),
  machine: z.strictObject({
    cpu: z.string().max(200),
    cores: z.int().positive(),
    memoryGb: z.number().positive(),
    node: z.string().max(50),
  }),
  cases: z
    .array(caseSchema)
    .min(1)
    .max(MAX_CASES)
    .refine((cases) => new Set(cases.map(({ name }) => name)).size === cases.length, 'Two cases have the same name.'),
});

/** One case of a benchmark, measured several times. */
export type BenchmarkCase = z.infer<typeof caseSchema>;
/** What a benchmark measured, on what, and when. */
export type BenchmarkReport = z.infer<typeof reportSchema>;

export type ReportProblem = { readonly path: string; readonly message: string };

export type ParsedReport =
  | { readonly report: BenchmarkReport; readonly problems: readonly [] }
  | { readonly report: undefined; readonly problems: readonly ReportProblem[] };

const MAX_PROBLEMS = 20;

/** Reads a report that somebody sent; says all that is wrong with it. */
export function parseReport(value: unknown): ParsedReport {
  const { data, error } = reportSchema.safeParse(value);
  if (data !== undefined) return { report: data, problems: [] };
  const problems = error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => ({
    path: path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
      '$',
    ),
    message,
  }));
  return { report: undefined, problems };
}
