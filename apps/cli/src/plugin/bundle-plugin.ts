import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ManifestDiagnostic } from '@ia-modules/plugin-sdk';
import { build, type BuildFailure, type Message } from 'esbuild';

const SOURCES = ['src/plugin.ts', 'src/plugin.js'];
const isRunFromSource = import.meta.filename.endsWith('.ts');

/**
 * Bundles a plugin and its npm dependencies into one ES module, so that the hash of the tarball covers all the code that
 * runs. Returns what stood in the way.
 */
export const bundlePlugin = async (options: {
  readonly directory: string;
  readonly entry: string;
}): Promise<readonly ManifestDiagnostic[]> => {
  const source = SOURCES.find((path) => existsSync(join(options.directory, path)));
  if (source === undefined) return [{ path: SOURCES.join(' or '), message: 'is missing' }];
  try {
    await build({
      absWorkingDir: options.directory,
      entryPoints: [source],
      outfile: options.entry,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2024',
      legalComments: 'inline',
      logLevel: 'silent',
      // Outside a package of its own, a plugin is built with the SDK that came with this tool.
      nodePaths: createRequire(import.meta.url).resolve.paths('@ia-modules/plugin-sdk') ?? [],
      conditions: isRunFromSource ? ['ia-src', 'module'] : ['module'],
    });
    return [];
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return error.errors.map((message) => ({ path: placeOf(message, source), message: message.text }));
  }
};

const placeOf = ({ location }: Message, source: string): string =>
  location === null ? source : `${location.file}:${location.line}:${location.column + 1}`;

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);
