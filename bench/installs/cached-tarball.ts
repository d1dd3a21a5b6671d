import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PluginReference } from '@ia-modules/engine';
import { manifestSchema } from '@ia-modules/plugin-sdk';

const CODE = `export const plugin = { contributions: [{ kind: 'step', name: 'echo', run: async (input) => input }] };\n`;

/** Where a worker with this folder for its data finds what it has unpacked once. */
export const workerData = (directory: string): string => path.join(directory, 'worker');

/** Puts a plugin where a worker leaves what it has downloaded, checked and unpacked. */
export const cacheTarball = async (directory: string): Promise<PluginReference> => {
  const reference = { name: '@community/cached', version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` };
  const { name, version, integrity } = reference;
  const folder = path.join(workerData(directory), 'plugins', createHash('sha256').update(integrity).digest('hex'));
  await mkdir(path.join(folder, 'dist'), { recursive: true });
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: { steps: [{ name: 'echo', title: 'Echo' }] },
  });
  await writeFile(path.join(folder, 'dist/plugin.js'), CODE);
  await writeFile(
    path.join(folder, 'package.json'),
    JSON.stringify({ name, version, type: 'module', iaModules: manifest }),
  );
  return reference;
};
