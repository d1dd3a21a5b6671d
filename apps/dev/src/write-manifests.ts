import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type Plugin } from '@ia-modules/plugin-sdk';
import { inRepository, repositoryRoot } from './repository.ts';

/** Writes into the package.json of each package below plugins/ what its code contributes. Names on the command line choose some. */
const chosen = process.argv.slice(2);
const folders = globSync('plugins/*/package.json', { cwd: repositoryRoot }).map((file) => path.dirname(file));

for (const folder of folders.filter((name) => chosen.length === 0 || chosen.includes(path.basename(name)))) {
  const file = inRepository(folder, 'package.json');
  const packageJson = JSON.parse(readFileSync(file, 'utf8')) as { iaModules: Record<string, unknown> };
  const { plugin } = (await import(pathToFileURL(inRepository(folder, 'src/index.ts')).href)) as { plugin: Plugin };
  const { contributions } = plugin;
  packageJson.iaModules['contributions'] = Object.fromEntries(
    CONTRIBUTION_KINDS.map((kind) => [
      CONTRIBUTION_LISTS[kind],
      contributions.filter((contribution) => contribution.kind === kind).map((contribution) => contribution.describe()),
    ]).filter(([, list]) => (list as unknown[]).length > 0),
  );
  writeFileSync(file, `${JSON.stringify(packageJson, null, 2)}\n`);
  process.stdout.write(`${folder}: ${contributions.map(({ name }) => name).join(', ')}\n`);
}
