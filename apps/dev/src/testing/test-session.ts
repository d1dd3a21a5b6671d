import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import { buildPortal, buildPrismaClient } from '../build-artifacts.ts';
import { findBrowser } from './browser.ts';
import { addUp, summaryLine, type TestSummary } from './test-summary.ts';
import { runVitest } from './vitest-run.ts';

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

/**
 * Makes everything that tests need, runs the suites one after the other on one PostgreSQL, and ends with the summary line
 * of all. A suite is a list of arguments for vitest. Gives the exit code.
 */
export async function runTestSession(suites: readonly (readonly string[])[]): Promise<number> {
  try {
    const summary = addUp(await runOnPostgres(suites));
    report(summary);
    return summary.failed > 0 || summary.passed + summary.skipped.length === 0 ? 1 : 0;
  } catch (error) {
    say(error instanceof PlatformError ? `${error.message}\n→ ${error.hint ?? ''}` : String((error as Error).stack));
    say(summaryLine({ passed: 0, failed: 1, skipped: [] }));
    return 1;
  }
}

async function runOnPostgres(suites: readonly (readonly string[])[]): Promise<readonly TestSummary[]> {
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
      const env = { IA_TEST_ADMIN_URL: postgres.adminUrl, CHROME_PATH: browser };
      for (const args of suites) summaries.push(await runVitest({ args, env }));
      return summaries;
    } finally {
      await postgres.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(summary: TestSummary): void {
  if (summary.skipped.length > 0) say(`\nSkipped:\n${summary.skipped.map((test) => `  ${test}`).join('\n')}`);
  say(`\n${summaryLine(summary)}`);
}
