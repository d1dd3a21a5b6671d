import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Mutant, MUTANT_VARIABLE } from './mutant.ts';

const config = fileURLToPath(new URL('./vitest.config.ts', import.meta.url));
const vitest = path.resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const TESTS_FAILED = /\bTests +\d+ failed/;

export type Verdict = { readonly isNoticed: boolean; readonly hasPassed: boolean; readonly output: string };

const TESTS_PASSED = /\bTests +\d+ passed/;

/** The quick ones among the tests of the walls. */
export const QUICK_TESTS = ['apps/api/tests/isolation.test.ts', 'apps/api/tests/permission-matrix.test.ts'] as const;

/**
 * Runs the tests of the walls, or some of them, on a mutant, or on the code as it is. A run that breaks down has noticed
 * nothing.
 */
export const judgeMutant = async (mutant: Mutant | null, tests: readonly string[] = []): Promise<Verdict> => {
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...tests], {
    env: { ...process.env, NO_COLOR: '1', [MUTANT_VARIABLE]: JSON.stringify(mutant) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await once(child, 'close');
  return { isNoticed: TESTS_FAILED.test(output), hasPassed: TESTS_PASSED.test(output), output };
};
