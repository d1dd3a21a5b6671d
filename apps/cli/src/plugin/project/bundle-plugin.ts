import { createRequire } from 'node:module';
import { build, type BuildFailure, type BuildOptions, type Message, type Metafile } from 'esbuild';
import type { Finding } from '../finding.ts';

const isRunFromSource = import.meta.filename.endsWith('.ts');

export type Bundle = {
  readonly findings: readonly Finding[];
  /** What is in the bundle; undefined when it could not be made. */
  readonly metafile: Metafile | undefined;
};

/** How code of a plugin is bundled, whether for its module or for its tests. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  logLevel: 'silent',
  // Outside a package of its own, a plugin is built with the SDK that came with this tool.
  nodePaths: createRequire(import.meta.url).resolve.paths('@ia-modules/plugin-sdk') ?? [],
  conditions: isRunFromSource ? ['ia-src', 'module'] : ['module'],
} as const satisfies BuildOptions;

/**
 * Bundles a plugin and its npm dependencies into one ES module, so that the hash of the tarball covers all the code that
 * runs.
 */
export const bundlePlugin = async (options: {
  readonly directory: string;
  readonly source: string;
  readonly outfile: string;
  readonly hasSourcemap?: boolean;
}): Promise<Bundle> => {
  try {
    const { metafile, warnings } = await build({
      ...BUNDLE_OPTIONS,
      absWorkingDir: options.directory,
      entryPoints: [options.source],
      outfile: options.outfile,
      metafile: true,
      legalComments: 'inline',
      sourcemap: options.hasSourcemap === true ? 'linked' : false,
    });
    return { findings: warnings.map((warning) => toFinding(warning, 'warning', options.source)), metafile };
  } catch (error) {
    return { findings: bundleFindings(error, options.source), metafile: undefined };
  }
};

/** What esbuild says of code that it can't bundle. @throws the error itself when it is another one */
export const bundleFindings = (error: unknown, source: string): readonly Finding[] => {
  if (!isBuildFailure(error)) throw error;
  return error.errors.map((message) => toFinding(message, 'error', source));
};

const toFinding = ({ location, text }: Message, severity: 'error' | 'warning', source: string): Finding => ({
  severity,
  rule: 'bundle',
  file: location?.file ?? source,
  line: location?.line,
  column: location === null ? undefined : location.column + 1,
  message: text,
});

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);
