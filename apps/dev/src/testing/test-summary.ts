import { z } from 'zod';

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export type TestSummary = Readonly<{
  passed: number;
  /** Tests that failed, and files that could not run at all. */
  failed: number;
  skipped: readonly string[];
}>;

const SKIPPED = new Set(['skipped', 'pending', 'todo', 'disabled']);

/** Reads what vitest's JSON reporter wrote. */
export function summarize(report: unknown): TestSummary {
  const { testResults } = reportSchema.parse(report);
  const tests = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + brokenFiles.length,
    skipped: tests.filter((test) => SKIPPED.has(test.status)).map((test) => `${test.file}: ${test.fullName}`),
  };
}

export function addUp(summaries: readonly TestSummary[]): TestSummary {
  return {
    passed: summaries.reduce((sum, { passed }) => sum + passed, 0),
    failed: summaries.reduce((sum, { failed }) => sum + failed, 0),
    skipped: summaries.flatMap(({ skipped }) => skipped),
  };
}

/** The last line of `npm test`, for people and for programs. */
export function summaryLine({ passed, failed, skipped }: TestSummary): string {
  const counts = `${passed} passed, ${failed} failed`;
  return skipped.length === 0 ? counts : `${counts}, ${skipped.length} skipped`;
}
