import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type Plugin } from '@ia-modules/plugin-sdk';
import { inRepository, repositoryRoot } from './repository.ts';
import { renderBuiltInPage } from './verify/built-in-page.ts';

/**
 * Writes into the package.json of each package below plugins/ what its code contributes, and prints the page of all of them. Names on the
 * command line choose whose manifests are written.
 */
const chosen = process.argv.slice(2);
const aliases = globSync('plugins/*/package.json', { cwd: repositoryRoot }).map((file) =>
  path.basename(path.dirname(file)),
);

for (const alias of aliases) if (chosen.length === 0 || chosen.includes(alias)) await writeContributions(alias);
const packages = aliases.map((alias) => ({ alias, packageJson: readPackage(alias) }));
writeFileSync(inRepository('docs/built-in-plugins.md'), renderBuiltInPage(packages));

async function writeContributions(alias: string): Promise<void> {
  const packageJson = readPackage(alias);
  const module = pathToFileURL(inRepository('plugins', alias, 'src/index.ts')).href;
  const { contributions } = ((await import(module)) as { readonly plugin: Plugin }).plugin;
  const lists = CONTRIBUTION_KINDS.map((kind) => ({
    name: CONTRIBUTION_LISTS[kind],
    descriptions: contributions.filter((item) => item.kind === kind).map((item) => item.describe()),
  }));
  packageJson.iaModules['contributions'] = Object.fromEntries(
    lists.filter(({ descriptions }) => descriptions.length > 0).map(({ name, descriptions }) => [name, descriptions]),
  );
  writeFileSync(inRepository('plugins', alias, 'package.json'), `${JSON.stringify(packageJson, null, 2)}\n`);
  process.stdout.write(`${alias}: ${contributions.map(({ name }) => name).join(', ')}\n`);
}

function readPackage(alias: string): { iaModules: Record<string, unknown> } {
  return JSON.parse(readFileSync(inRepository('plugins', alias, 'package.json'), 'utf8')) as {
    iaModules: Record<string, unknown>;
  };
}
