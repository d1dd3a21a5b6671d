import { build, type Plugin } from 'esbuild';
import { repositoryRoot } from '../repository.ts';

/** Drivers that knex knows by name and that do not come with the platform. */
const FOREIGN_DRIVERS = [
  'better-sqlite3',
  'mariadb',
  'mysql',
  'oracledb',
  'pg-native',
  'pg-query-stream',
  'sqlite3',
  'tedious',
];

/** What is CommonJS in a bundle asks for Node's own modules. */
const REQUIRE = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

export type BundleOptions = Readonly<{
  /** Source files, by the names that their bundles get. */
  entries: Readonly<Record<string, string>>;
  outdir: string;
  platform?: 'node' | 'neutral';
  /** Modules that stay outside, and where the bundle finds them: beside itself. */
  beside?: Readonly<Record<string, string>>;
  external?: readonly string[];
}>;

function leave(beside: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'leave',
    setup: (bundling) => {
      for (const [name, path] of Object.entries(beside)) {
        bundling.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, external: true }));
      }
    },
  };
}

/** Bundles sources of this repository with all that they import. What they load later goes into files of its own. */
export async function bundle(options: BundleOptions): Promise<void> {
  const { entries, outdir, platform = 'node', beside = {}, external = [] } = options;
  await build({
    absWorkingDir: repositoryRoot,
    entryPoints: { ...entries },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform,
    target: 'es2024',
    conditions: ['ia-src', 'module'],
    // Wrapped in a function of its loader, what some packages have as `main` can't be bundled.
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    logLevel: 'error',
    external: [...FOREIGN_DRIVERS, ...external],
    plugins: [leave(beside)],
    ...(platform === 'node' && { banner: { js: REQUIRE } }),
  });
}
