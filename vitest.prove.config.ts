import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The checks that take long: `npm run prove`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  // The copy that Node resolves: another one would not know a schema of this one.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['tests/prove/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
  },
});
