import { createLocalCalls, type LocalCalls, type LocalCallsOptions } from '../src/steps/local-calls.ts';

/** Calls of plugins below a folder, with no package installed and nothing granted. */
export const callsIn = (directory: string, change: Partial<LocalCallsOptions> = {}): LocalCalls =>
  createLocalCalls({
    directory,
    findPackage: () => undefined,
    granted: new Set(),
    sandboxLevel: 'caged',
    readSecret: () => undefined,
    settings: {},
    log: () => undefined,
    ...change,
  });
