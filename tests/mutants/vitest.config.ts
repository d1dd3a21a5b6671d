import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { mutantPlugin } from './mutant-plugin.ts';

/** What must notice that a check is gone. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  plugins: [mutantPlugin()],
  // The copy that Node resolves: another one would not know a schema of this one.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  ssr: { resolve: { conditions: ['ia-src'] } },
  test: {
    include: ['apps/api/tests/{isolation-prover,isolation,permission-matrix}.test.ts'],
    bail: 1,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
