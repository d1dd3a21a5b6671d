import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin } from '../../src/index.ts';
import type { Attempt } from './attempt.ts';
import { LIBRARY } from './library.ts';

export type PluginFolder = { readonly plugin: InstalledPlugin; readonly remove: () => Promise<void> };

const stepText = (name: string, body: string): string =>
  `{ kind: 'step', name: '${name}', describe: () => ({ name: '${name}', title: '${name}', description: '' }), run: async (input, ctx) => { ${body} } }`;

type Module = Pick<Attempt, 'run' | 'top' | 'before' | 'tail'>;
type Package = Module & Pick<Attempt, 'files' | 'permissions' | 'hasLink' | 'output' | 'dependencies' | 'concurrency'>;

const moduleText = (attempt: Module): string =>
  `${LIBRARY}\n${attempt.top ?? ''}\nexport const plugin = { contributions: [\n${stepText('go', attempt.run)},\n${stepText('before', attempt.before ?? '')},\n] };\n${attempt.tail ?? ''}\n`;

/** Writes an attempt as an installed plugin. */
export const createPluginFolder = async (attempt: Package, canaryFolder: string): Promise<PluginFolder> => {
  const directory = await mkdtemp(join(tmpdir(), 'ia-hostile-'));
  const files = { 'dist/plugin.js': moduleText(attempt), ...attempt.files };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  if (attempt.hasLink === true) await symlink(canaryFolder, join(directory, 'dist/link'));
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: {
      steps: [
        { name: 'go', title: 'Go', output: attempt.output ?? {} },
        { name: 'before', title: 'Before' },
      ],
    },
    dependencies: attempt.dependencies ?? {},
    concurrency: attempt.concurrency ?? 1,
    permissions: { timeoutMs: 5_000, ...attempt.permissions },
  });
  const plugin = {
    name: '@community/hostile',
    version: '1.0.0',
    integrity: `sha512-${directory}`,
    directory,
    manifest,
  };
  return { plugin, remove: () => rm(directory, { recursive: true, force: true }) };
};
