import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathWithTools } from '../command.ts';
import { inRepository, repositoryRoot } from '../repository.ts';
import { summarize, type TestSummary } from './test-summary.ts';

export type VitestRun = Readonly<{
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}>;

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs vitest with its usual output and counts what it did. One that broke before it could count is one failure. */
export async function runVitest({ args, env }: VitestRun): Promise<TestSummary> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ia-tests-'));
  const reportFile = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
    const code = await spawnVitest(['run', ...reporters, ...args], env);
    const summary = readSummary(reportFile);
    const isUnexplained = code !== 0 && summary.failed === 0;
    return isUnexplained ? { ...summary, failed: 1 } : summary;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawnVitest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [inRepository('node_modules/vitest/vitest.mjs'), ...args], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: { ...process.env, ...pathWithTools(), ...env },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
      resolve(code ?? 1);
    });
  });
}

function readSummary(reportFile: string): TestSummary {
  try {
    return summarize(JSON.parse(readFileSync(reportFile, 'utf8')));
  } catch {
    return { passed: 0, failed: 0, skipped: [] };
  }
}
