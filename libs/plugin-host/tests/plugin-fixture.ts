import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin, SandboxCall } from '../src/index.ts';

export type FixtureInit = {
  /** The body of `run(input, ctx)` of the one step, `go`. */
  readonly run?: string;
  /** The whole module instead. */
  readonly module?: string;
  readonly permissions?: object;
  readonly files?: Readonly<Record<string, string>>;
};

export type Fixture = { readonly plugin: InstalledPlugin; readonly remove: () => Promise<void> };

/** Writes a plugin folder as an installation leaves it: the built module, nothing else. */
export const createPluginFixture = async (init: FixtureInit): Promise<Fixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'ia-plugin-fixture-'));
  const module = init.module ?? moduleOf(init.run ?? 'return input;');
  await mkdir(join(directory, 'dist'));
  await writeFile(join(directory, 'dist/plugin.js'), module);
  for (const [path, text] of Object.entries(init.files ?? {})) await writeFile(join(directory, path), text);
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: { steps: [{ name: 'go', title: 'Go' }] },
    permissions: init.permissions ?? {},
  });
  const plugin = {
    name: '@community/fixture',
    version: '1.0.0',
    integrity: `sha512-${directory}`,
    directory,
    manifest,
  };
  return { plugin, remove: () => rm(directory, { recursive: true, force: true }) };
};

const moduleOf = (run: string): string =>
  `const describe = () => ({ name: 'go', title: 'Go', description: '' });
export const plugin = { contributions: [{ kind: 'step', name: 'go', describe, run: async (input, ctx) => { ${run} } }] };\n`;

/** A call of the fixture's step with everything granted that its manifest declares. */
export const callOf = (plugin: InstalledPlugin, change: Partial<SandboxCall> = {}): SandboxCall => ({
  tenantId: 'tenant-a',
  plugin,
  grant: plugin.manifest.permissions,
  kind: 'step',
  name: 'go',
  task: { runId: 'run-1', stepId: 'go', attempt: 1 },
  input: null,
  idempotencyKey: 'run-1/go',
  ...change,
});
