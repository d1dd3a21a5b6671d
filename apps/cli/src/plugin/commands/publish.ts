import { Option } from 'commander';
import type { CommandRegistration } from '../../commands/registration.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { readConnectionVariables, readPortalUrl } from '../../config.ts';
import { printable } from '../../printable.ts';
import type { Terminal } from '../../terminal.ts';
import { formatFindings } from '../finding.ts';
import { registryArguments, runNpm } from '../project/npm.ts';
import { publishPlugin, type PublishReport } from '../publish/publish-plugin.ts';
import { readRefusals, type Refusal } from '../publish/refusals.ts';
import { registryAddress } from '../publish/registry-address.ts';
import { parseSpec } from '../platform/find-plugin.ts';
import { addSandboxOption, type SandboxOptions } from './sandbox-option.ts';
import { formatTests } from './test.ts';

type PublishFlags = SandboxOptions & {
  readonly registry?: string;
  readonly tag?: string;
  readonly access?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};
type DeprecateFlags = { readonly registry?: string; readonly replacement?: string; readonly json?: boolean };

/** `ia-plugin publish [dir]` and `ia-plugin deprecate`. */
export const addPublishCommands = (registration: CommandRegistration): void => {
  addPublishCommand(registration);
  addDeprecateCommand(registration);
};

const addPublishCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  const command = program
    .command('publish')
    .description('Build, test and validate a plugin, and publish it with npm.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--registry <url>', 'the registry (IA_REGISTRY_URL, else http://localhost:4873)')
    .option('--tag <tag>', 'publish under this tag instead of latest')
    .addOption(new Option('--access <access>', 'as npm has it').choices(['public', 'restricted']))
    .option('--dry-run', 'do all but the publishing')
    .option('--json', 'print the report as JSON');
  addSandboxOption(command).action(async (directory: string, flags: PublishFlags) => {
    const { sandbox: level, tag, access, dryRun, json } = flags;
    const registry = registryAddress(flags.registry);
    const report = await publishPlugin({ directory, level, registry, tag, access, isDryRun: dryRun === true });
    const isDone = report.published !== undefined;
    if (json === true) terminal.write(`${JSON.stringify({ ...report, isDryRun: dryRun === true }, null, 2)}\n`);
    else terminal.write(formatPublish(report, dryRun === true, terminal.style));
    finish(isDone ? EXIT_CODES.ok : EXIT_CODES.findings);
  });
};

const formatPublish = (report: PublishReport, isDryRun: boolean, style: Terminal['style']): string => {
  const { findings, tests, published, refusals } = report;
  const checked = tests === null || tests.hasPassed ? formatFindings(findings, style) : formatTests(tests, style);
  if (published === undefined) return checked + formatRefusals(refusals, style);
  const { name, version } = published;
  if (isDryRun) return `${checked}${name}@${version} can be published.\n`;
  return [
    checked,
    `${style('bold', `${name}@${version}`)} is published.\n`,
    `  ${marketplaceOf(name)}\n`,
    `  Next: ia-plugin install ${name}@^${version}\n`,
  ].join('');
};

/** The page where a tenant finds plugins; that of the tenant that a name belongs to, unless the surroundings name one. */
const marketplaceOf = (name: string): string => {
  const scope = name.slice(1).split('/', 1)[0];
  const slug = readConnectionVariables().tenantSlug ?? (scope === 'community' ? undefined : scope);
  return slug === undefined ? readPortalUrl() : `${readPortalUrl()}/t/${slug}/plugins`;
};

const formatRefusals = (refusals: readonly Refusal[], style: Terminal['style']): string =>
  refusals
    .map(({ code, message, hint }) => {
      const next = hint === undefined ? '' : `  ${style('dim', hint)}\n`;
      return `${style('red', 'error')} ${code}: ${printable(message)}\n${next}`;
    })
    .join('');

const addDeprecateCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  program
    .command('deprecate')
    .description('Warn everybody who installs versions of a plugin; an empty message takes the warning back.')
    .argument('<plugin>', '@scope/name, or @scope/name@range for some of its versions')
    .argument('<message>', 'why, and what to do')
    .option('--replacement <plugin>', 'what to use instead, said behind the message')
    .option('--registry <url>', 'the registry (IA_REGISTRY_URL, else http://localhost:4873)')
    .option('--json', 'print the answer as JSON')
    .action(async (spec: string, text: string, { registry, replacement, json }: DeprecateFlags) => {
      const { name, range } = parseSpec(spec);
      if (replacement !== undefined) parseSpec(replacement);
      const message = replacement === undefined ? text : `${text} Use ${replacement} instead.`.trim();
      const target = range === undefined ? name : `${name}@${range}`;
      const args = ['deprecate', target, message, ...registryArguments(name, registryAddress(registry))];
      const { code, stderr } = await runNpm(process.cwd(), args);
      const refusals = code === 0 ? [] : readRefusals(stderr);
      const done = message === '' ? 'is not deprecated any more' : 'is deprecated';
      if (json === true) terminal.write(`${JSON.stringify({ plugin: target, message, refusals }, null, 2)}\n`);
      else terminal.write(code === 0 ? `${target} ${done}.\n` : formatRefusals(refusals, terminal.style));
      finish(code === 0 ? EXIT_CODES.ok : EXIT_CODES.findings);
    });
};
