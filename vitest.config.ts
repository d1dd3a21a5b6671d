import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that start whole platforms: one file at a time. */
const PLATFORM_TESTS = 'tests/platform/**/*.test.ts';

export default defineConfig({
  ssr: { resolve: { conditions: ['ia-src'] } },
  // The copy that Node resolves: another one would not know a schema of this one.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  // Where global set-ups run.
  environments: { __vitest__: { resolve: { conditions: ['ia-src'] } } },
  test: {
    // Most tests wait for a database or a process: two at once are quicker on two cores as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What is awaited comes soon, but not within a second on a machine that is busy.
    expect: { poll: { timeout: 20_000 } },
    coverage: {
      provider: 'custom',
      customProviderModule: 'apps/dev/src/testing/coverage-provider.ts',
      // Most of the platform runs in processes that the tests start.
      autoAttachSubprocess: true,
      // Without the portal's components (*.tsx): they run in a browser.
      include: ['{apps,libs,plugins}/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**', '**/testing.ts', '**/generated/**', '**/gql/**', '**/main.ts'],
      reporter: ['html', 'json-summary'],
      thresholds: {
        'libs/engine/src/**': { lines: 95, branches: 90 },
        '{apps/*,plugins/*,libs/!(engine)}/src/**': { lines: 80 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['{apps,libs,plugins}/*/{src,tests}/**/*.test.{ts,tsx}', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', PLATFORM_TESTS, 'tests/prove/**'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'platform',
          include: [PLATFORM_TESTS],
          globalSetup: ['tests/platform/shared-platform.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
