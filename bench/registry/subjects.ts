import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, seedTenant } from '@ia-modules/database/testing';
import { type PinnedProcess, startPinned } from '../api/pinned-process.ts';
import { npm } from './npm.ts';

const root = path.resolve(import.meta.dirname, '../..');
const PLUGINS = 4;
const VERSIONS = 3;
/** Bundled plugins have some tens of kilobytes. */
const CODE_BYTES = 40_000;

/** A registry that serves the plugins of the benchmark. */
export type Subject = Readonly<{ name: string; pid: number; url: string }>;

export type Subjects = AsyncDisposable &
  Readonly<{ ours: Subject; bare: Subject; plugins: readonly string[]; token: string; directory: string }>;

/** Publishes the same plugins with npm, and starts both registries on the same core. */
export const openSubjects = async (): Promise<Subjects> => {
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ia-bench-registry-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const database = await createTestDatabase();
  stack.defer(() => database.drop());
  const tenant = await seedTenant(database, { slug: 'bench', name: 'Bench' });
  const token = await tenant.apiToken(['PLUGINS_READ', 'PLUGINS_PUBLISH']);
  const storage = path.join(directory, 'storage');
  const ours = stack.use(
    await startPinned(path.join(root, 'apps/registry/src/main.ts'), {
      IA_REGISTRY_PORT: '0',
      IA_REGISTRY_STORAGE: storage,
      IA_REGISTRY_DATABASE_URL: database.urls.registry,
      IA_REGISTRY_SELF_TEST: 'off',
      IA_INTERNAL_TOKEN: randomBytes(32).toString('hex'),
      LOG_LEVEL: 'error',
    }),
  );
  const plugins = Array.from({ length: PLUGINS }, (_, index) => `@community/bench-${index}`);
  for (const plugin of plugins) {
    for (let patch = 0; patch < VERSIONS; patch += 1) {
      await publish({ directory, url: ours.url, token, name: plugin, version: `1.0.${patch}` });
    }
  }
  const copy = path.join(directory, 'copy');
  await cp(storage, copy, { recursive: true });
  const bare = stack.use(
    await startPinned(path.join(import.meta.dirname, 'bare-verdaccio.ts'), { BENCH_STORAGE: copy }),
  );
  return {
    ours: subject('ours', ours),
    bare: subject('Verdaccio', bare),
    plugins,
    token,
    directory,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

const subject = (name: string, { pid, url }: PinnedProcess): Subject => ({ name, pid, url });

type Publish = Readonly<{ directory: string; url: string; token: string; name: string; version: string }>;

/** Publishes a small plugin with the real npm. */
export const publish = async ({ directory, url, token, name, version }: Publish): Promise<void> => {
  const folder = await mkdtemp(path.join(directory, 'package-'));
  await mkdir(path.join(folder, 'dist'));
  const iaModules = {
    apiVersion: 1,
    entry: 'dist/plugin.js',
    contributions: { steps: [{ name: 'count', title: 'Count' }] },
  };
  const manifest = { name, version, description: 'A plugin of the benchmark.', license: 'MIT', iaModules };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'README.md'), `# ${name}\n`);
  const noise = randomBytes(CODE_BYTES / 2).toString('hex');
  await writeFile(path.join(folder, 'dist/plugin.js'), `export default ${JSON.stringify(noise)};\n`);
  await npm({ home: directory, cwd: folder, url, token }, ['publish']);
};
