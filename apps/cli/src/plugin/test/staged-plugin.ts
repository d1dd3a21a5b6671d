import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InstalledPlugin } from '@ia-modules/plugin-host';
import type { PluginManifest, PluginPackage } from '@ia-modules/plugin-sdk';
import { packedFiles } from '../project/packed-files.ts';

export type StagedPlugin = { readonly plugin: InstalledPlugin; readonly remove: () => Promise<void> };

/** Copies what npm would pack into a folder of its own, as an installation has it: without the sources around it. */
export const stagePlugin = async (options: {
  readonly directory: string;
  readonly package: PluginPackage;
  readonly manifest: PluginManifest;
}): Promise<StagedPlugin> => {
  const { directory, manifest } = options;
  const { name, version } = options.package;
  const staged = await mkdtemp(path.join(tmpdir(), 'ia-plugin-test-'));
  const digest = createHash('sha512');
  for (const { path: file } of (await packedFiles(directory)).files) {
    const target = path.join(staged, file);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(path.join(directory, file), target, { dereference: true });
    digest.update(await readFile(target));
  }
  const integrity = `sha512-${digest.digest('base64')}`;
  return {
    plugin: { name, version, integrity, directory: staged, manifest },
    remove: () => rm(staged, { recursive: true, force: true }),
  };
};
