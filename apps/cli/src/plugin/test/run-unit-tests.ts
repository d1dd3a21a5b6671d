import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { build } from 'esbuild';
import { type Finding, hasErrors } from '../finding.ts';
import { BUNDLE_OPTIONS, bundleFindings } from '../project/bundle-plugin.ts';

export type UnitTestReport = {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  readonly hasPassed: boolean;
  /** What the tests printed. */
  readonly output: string;
};

const TESTS = '{src,test,tests}/**/*.test.{ts,js,mjs}';

/**
 * Runs the author's tests with `node --test`. They are bundled first, so that they need nothing installed but what they import
 * from others.
 */
export const runUnitTests = async (directory: string): Promise<UnitTestReport> => {
  const { files, findings } = await findTests(directory);
  if (files.length === 0) return { files, findings, hasPassed: true, output: '' };
  const outdir = await mkdtemp(path.join(tmpdir(), 'ia-plugin-units-'));
  try {
    const bundled = await bundleTests({ directory, files, outdir });
    const all = [...findings, ...bundled.findings];
    if (hasErrors(all)) return { files, findings: all, hasPassed: false, output: '' };
    const { code, output } = await runNodeTests(directory, bundled.modules);
    return { files, findings: all, hasPassed: code === 0, output };
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
};

const findTests = async (directory: string): Promise<Pick<UnitTestReport, 'files' | 'findings'>> => {
  const found = globSync(TESTS, { cwd: directory }).toSorted();
  const foreign = new Set<string>();
  for (const file of found) {
    if (/from\s+['"]vitest['"]/.test(await readFile(path.join(directory, file), 'utf8'))) foreign.add(file);
  }
  return {
    files: found.filter((file) => !foreign.has(file)),
    findings: [...foreign].map((file) => ({
      severity: 'info',
      rule: 'unit-test',
      file,
      message: 'is a test for vitest and was left out: run it with vitest, or write it for node:test',
    })),
  };
};

type Bundling = { readonly directory: string; readonly files: readonly string[]; readonly outdir: string };

const bundleTests = async ({
  directory,
  files,
  outdir,
}: Bundling): Promise<{ readonly modules: readonly string[]; readonly findings: readonly Finding[] }> => {
  try {
    const { outputs } = (
      await build({
        ...BUNDLE_OPTIONS,
        absWorkingDir: directory,
        entryPoints: [...files],
        outdir,
        outbase: directory,
        outExtension: { '.js': '.mjs' },
        sourcemap: 'inline',
        metafile: true,
      })
    ).metafile;
    return { modules: Object.keys(outputs).map((file) => path.resolve(directory, file)), findings: [] };
  } catch (error) {
    return { modules: [], findings: bundleFindings(error, files[0] ?? '') };
  }
};

const runNodeTests = async (
  directory: string,
  modules: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> => {
  // A test runner that this program runs in is none of the author's business.
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
  const args = ['--enable-source-maps', '--test', '--test-reporter=spec', ...modules];
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([exited, buffer(child.stdout), buffer(child.stderr)]);
  return { code, output: stdout.toString('utf8') + stderr.toString('utf8') };
};
