import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CONTRIBUTION_KINDS, type ContributionKind } from '@ia-modules/plugin-sdk';
import { InvalidArgumentError, Option } from 'commander';
import type { CommandRegistration } from '../../commands/registration.ts';
import { UsageError } from '../../usage-error.ts';
import { TEMPLATES } from '../init/contribution-files.ts';
import type { Language } from '../init/contribution-template.ts';
import { createPlugin } from '../init/create-plugin.ts';
import { isAttended } from '../platform/consent.ts';

type InitFlags = {
  readonly type?: readonly ContributionKind[];
  readonly name?: string;
  readonly language: Language;
  readonly force?: boolean;
  readonly json?: boolean;
};

const NAME = /^@[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9._-]{0,99}$/;

/** `ia-plugin init [dir]` */
export const addInitCommand = ({ program, terminal }: CommandRegistration): void => {
  program
    .command('init')
    .description('Write a new plugin that can be validated, tested and published as it is.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--type <kind>', `what it contributes: ${CONTRIBUTION_KINDS.join(', ')}; may be repeated`, collectKinds)
    .option('--name <name>', 'name of the package: @scope/name')
    .addOption(new Option('--language <language>', 'what it is written in').choices(['ts', 'js']).default('ts'))
    .option('--force', 'write into a folder that holds something; files of the same names are replaced')
    .option('--json', 'print what was written as JSON')
    .action(async (folder: string, flags: InitFlags) => {
      const directory = path.resolve(folder);
      const name = flags.name ?? (await askName(`@community/${nameOf(directory)}`, flags));
      if (!NAME.test(name)) throw new UsageError(`'${name}' is no name of a plugin: write @scope/name in lower case.`);
      const kinds = flags.type ?? ['step'];
      const files = await createPlugin({
        directory,
        isForced: flags.force === true,
        name,
        language: flags.language,
        templates: kinds.map((kind) => TEMPLATES[kind]),
        year: new Date().getFullYear(),
      });
      if (flags.json === true) terminal.write(`${JSON.stringify({ name, directory, files }, null, 2)}\n`);
      else terminal.write(`${name}\n${files.map((file) => `  ${file}\n`).join('')}${nextSteps(folder)}`);
    });
};

const collectKinds = (text: string, kinds: readonly ContributionKind[] = []): readonly ContributionKind[] => {
  const kind = CONTRIBUTION_KINDS.find((candidate) => candidate === text);
  if (kind === undefined) throw new InvalidArgumentError(`It must be one of ${CONTRIBUTION_KINDS.join(', ')}.`);
  return kinds.includes(kind) ? kinds : [...kinds, kind];
};

const nameOf = (directory: string): string =>
  path
    .basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'plugin';

const askName = async (proposed: string, { json }: InitFlags): Promise<string> => {
  if (json === true || !isAttended()) return proposed;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await prompt.question(`Name of the package (${proposed}): `)).trim() || proposed;
  } finally {
    prompt.close();
  }
};

const nextSteps = (folder: string): string =>
  `Next: ${folder === '.' ? '' : `cd ${folder}, then `}ia-plugin validate, ia-plugin test, ia-plugin publish\n`;
