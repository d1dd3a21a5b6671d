import { globSync } from 'node:fs';
import path from 'node:path';
import { inRepository, repositoryRoot } from '../repository.ts';
import { readPackageJson } from './package-json.ts';
import { stageBuiltIn } from './stage-built-in.ts';
import { stageCommandLine } from './stage-command-line.ts';
import { stageExample } from './stage-example.ts';
import { stageSdk } from './stage-sdk.ts';

/** A package of this repository that belongs into a registry. */
export type MarketplacePackage = Readonly<{
  name: string;
  version: string;
  /** The slug of the tenant that publishes it. */
  publisher: 'ia-modules' | 'open-plugins';
  /** Writes it into an empty folder, as npm shall pack it. */
  stage: (folder: string, say: (line: string) => void) => Promise<void>;
}>;

type Stage = MarketplacePackage['stage'];

/** All of them, in the order in which they need each other. */
export function listMarketplacePackages(): readonly MarketplacePackage[] {
  const own = (folder: string, stage: Stage): MarketplacePackage => ({
    ...nameOf(inRepository(folder)),
    publisher: 'ia-modules',
    stage,
  });
  return [
    own('libs/plugin-sdk', stageSdk),
    own('apps/cli', stageCommandLine),
    ...foldersIn('plugins').map((alias) => own(`plugins/${alias}`, (folder) => stageBuiltIn(alias, folder))),
    ...foldersIn('examples/plugins').map(
      (name): MarketplacePackage => ({
        ...nameOf(inRepository('examples/plugins', name)),
        publisher: 'open-plugins',
        stage: (folder, say) => stageExample(name, folder, say),
      }),
    ),
  ];
}

function nameOf(folder: string): Pick<MarketplacePackage, 'name' | 'version'> {
  const { name, version } = readPackageJson(folder);
  return { name, version };
}

function foldersIn(parent: string): readonly string[] {
  return globSync(`${parent}/*/package.json`, { cwd: repositoryRoot })
    .map((file) => path.basename(path.dirname(file)))
    .toSorted();
}
