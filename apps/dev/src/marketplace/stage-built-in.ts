import { cpSync } from 'node:fs';
import path from 'node:path';
import { inRepository } from '../repository.ts';
import { bundle } from './bundle.ts';
import { publicPackageJson, readPackageJson, writePackageJson } from './package-json.ts';

/** Writes a built-in plugin as a package that stands alone: its code and all that it imports. */
export async function stageBuiltIn(alias: string, folder: string): Promise<void> {
  const source = inRepository('plugins', alias);
  for (const file of ['README.md', 'icon.svg']) cpSync(path.join(source, file), path.join(folder, file));
  cpSync(inRepository('LICENSE'), path.join(folder, 'LICENSE'));
  const manifest = publicPackageJson(readPackageJson(source));
  writePackageJson(folder, { ...manifest, files: ['dist', 'icon.svg', 'README.md', 'LICENSE'] });
  await bundle({ entries: { index: path.join(source, 'src/index.ts') }, outdir: path.join(folder, 'dist') });
}
