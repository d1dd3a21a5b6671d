import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import { buildPortal, buildPrismaClient } from '../build-artifacts.ts';
import { inRepository, repositoryRoot } from '../repository.ts';
import { findBrowser } from './browser.ts';
import { coverageTable } from './coverage-table.ts';
import { addUp, summaryLine, type TestSummary } from './test-summary.ts';
import { runVitest } from './vitest-run.ts';

export type TestSession = Readonly<{
  /** Each a list of arguments for vitest. */
  suites: readonly (readonly string[])[];
  isCovered: boolean;
}>;

/** V8 is vague about what ran in functions that come from the cache of compiled code. */
const COVERAGE_ENVIRONMENT = { NODE_DISABLE_COMPILE_CACHE: '1' };

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

/**
 * Makes everything that tests need, runs the suites one after the other on one PostgreSQL, and ends with the summary line
 * of all. Gives the exit code.
 */
export async function runTestSession(session: TestSession): Promise<number> {
  try {
    const summary = addUp(await runOnPostgres(session));
    if (session.isCovered) reportCoverage();
    report(summary);
    return summary.failed > 0 || summary.passed + summary.skipped.length === 0 ? 1 : 0;
  } catch (error) {
    say(error instanceof PlatformError ? `${error.message}\n→ ${error.hint ?? ''}` : String((error as Error).stack));
    say(summaryLine({ passed: 0, failed: 1, skipped: [] }));
    return 1;
  }
}

async function runOnPostgres({ suites, isCovered }: TestSession): Promise<readonly TestSummary[]> {
  const browser = await findBrowser();
  await buildPrismaClient(say);
  say('Building the portal where it is out of date…');
  await buildPortal(() => {});
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ia-test-postgres-'));
  try {
    const postgres = await startEmbeddedPostgres({
      dataDir: path.join(folder, 'data'),
      port: 0,
      superuserPassword: randomBytes(18).toString('base64url'),
      report: say,
    });
    try {
      const summaries: TestSummary[] = [];
      const env = {
        IA_TEST_ADMIN_URL: postgres.adminUrl,
        CHROME_PATH: browser,
        ...(isCovered && COVERAGE_ENVIRONMENT),
      };
      for (const args of suites) summaries.push(await runVitest({ args, env }));
      return summaries;
    } finally {
      await postgres.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportCoverage(): void {
  const file = inRepository('coverage/coverage-summary.json');
  // Vitest writes none when a test failed.
  if (!existsSync(file)) return;
  say(`\n${coverageTable(JSON.parse(readFileSync(file, 'utf8')), repositoryRoot)}`);
  say("Not counted: the portal's components (*.tsx), which the tests run in a browser.");
}

function report(summary: TestSummary): void {
  if (summary.skipped.length > 0) say(`\nSkipped:\n${summary.skipped.map((test) => `  ${test}`).join('\n')}`);
  say(`\n${summaryLine(summary)}`);
}
