import process from 'node:process';
import { defineConfig } from 'vitest/config';

const LARGEST_SEED = 2 ** 31;
const seed = process.env['IA_CHAOS_SEED'] ?? String(1 + Math.floor(Math.random() * LARGEST_SEED));

/** The scenarios of tests/chaos in their long form: `npm run chaos`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  test: {
    include: ['tests/chaos/**/*.{test,long}.ts'],
    env: { IA_CHAOS: 'long', IA_CHAOS_SEED: seed },
    fileParallelism: false,
    // Each scenario says in a line what it measured.
    disableConsoleIntercept: true,
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
  },
});
