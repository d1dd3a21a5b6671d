import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The checks that take long: `npm run prove`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  // The copy that Node resolves: another one would not know a schema of this one.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: [
      'tests/prove/**/*.test.ts',
      'apps/api/tests/{fuzz,query-plans}.test.ts',
      'apps/registry/tests/crash.test.ts',
      'libs/plugin-host/tests/hostile/*.long.ts',
    ],
    env: { IA_FUZZ_DOCUMENTS: '50000', IA_PLAN_RUNS: '1000000', IA_CRASH_ROUNDS: '100' },
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
  },
});
