import { defineConfig } from 'vitest/config';

/** The scenarios of tests/chaos in their long form: `npm run chaos`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  test: {
    include: ['tests/chaos/**/*.test.ts'],
    env: { IA_CHAOS: 'long' },
    fileParallelism: false,
    // Each scenario says in a line what it measured.
    disableConsoleIntercept: true,
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
  },
});
