import v8 from '@vitest/coverage-v8';
import type { CoverageProvider, CoverageProviderModule } from 'vitest/node';
import { endOnFirstLine } from './end-on-first-line.ts';

/** Vitest's own for V8, whose coverage of a file in the tests and in the processes they start becomes one. */
const provider: CoverageProviderModule = {
  startCoverage: (options) => v8.startCoverage?.(options),
  takeCoverage: (options) => v8.takeCoverage?.(options),
  stopCoverage: (options) => v8.stopCoverage?.(options),
  getProvider: createProvider,
};

async function createProvider(): Promise<CoverageProvider> {
  // Only here: the tests' workers load this file too, and have no use for Vitest's server.
  const { V8CoverageProvider } = await import('@vitest/coverage-v8/dist/provider.js');
  class MergingProvider extends V8CoverageProvider {
    override createCoverageMap() {
      const map = super.createCoverageMap();
      const merge = map.merge.bind(map);
      // What is a map already was made here.
      map.merge = (added) => merge('fileCoverageFor' in added ? added : endOnFirstLine(added));
      return map;
    }
  }
  return new MergingProvider();
}

export default provider;
