import { defineConfig } from 'vitest/config';
import { mutantPlugin } from './mutant-plugin.ts';

/** What must notice that a check is gone. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  plugins: [mutantPlugin()],
  ssr: { resolve: { conditions: ['ia-src'] } },
  test: {
    include: ['apps/api/tests/{isolation-prover,isolation,permission-matrix}.test.ts'],
    bail: 1,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
