import path from 'node:path';

export const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

/** Runs TypeScript sources directly, resolving the workspaces to their sources too. */
export const SOURCE_FLAGS = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'] as const;

export function inRepository(...segments: readonly string[]): string {
  return path.join(repositoryRoot, ...segments);
}
