import { defineConfig } from 'vitest/config';

/** The checks that take long: `npm run prove`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  test: {
    include: ['tests/prove/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
  },
});
