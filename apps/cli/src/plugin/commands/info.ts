import { wholeNumber } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { describeAdvisory, describePublisher, describeRating } from '../platform/describe-plugin.ts';
import { describeContributions, describeRequests } from '../platform/asked-permissions.ts';
import { type ChosenVersion, findPlugin, parseSpec } from '../platform/find-plugin.ts';
import type { Advisory } from '../platform/plugin-documents.ts';

type InfoOptions = { readonly readmeLines: number };

/** `ia-plugin info`: what a plugin is, contributes and asks for. */
export const addInfoCommand = (registration: CommandRegistration): void => {
  platformCommand(registration.program, 'info <plugin>', 'Show a plugin: @scope/name or @scope/name@range.')
    .option('--readme-lines <n>', 'how much of the readme', wholeNumber(0, 10_000), 12)
    .action(withSession<InfoOptions, [string]>(registration, info));
};

const info = async (
  session: PlatformSession,
  { readmeLines }: InfoOptions,
  [text]: readonly [string],
): Promise<void> => {
  const found = await findPlugin(session, parseSpec(text));
  const { plugin, versions, listed, manifest, integrity, readme } = found;
  session.print({
    json: { ...plugin, versions, version: listed.version, deprecated: listed.deprecated, integrity, manifest, readme },
    text: () => formatInfo(found, readmeLines, session.terminal.style),
  });
};

const deprecationOf = ({ deprecated, replacement }: ChosenVersion['listed']): string => {
  if (deprecated === null) return 'no';
  return printable(replacement === null ? deprecated : `${deprecated} Use ${replacement} instead.`);
};

const standingAdvisories = ({ plugin, listed: { version } }: ChosenVersion): readonly Advisory[] =>
  plugin.advisories.nodes.filter(({ withdrawnAt, versions }) => withdrawnAt === null && versions.includes(version));

const formatInfo = (found: ChosenVersion, readmeLines: number, style: Terminal['style']): string => {
  const { plugin, versions, listed, manifest, integrity, readme } = found;
  const fields = [
    ['plugin', `${plugin.name}@${listed.version}`],
    ['description', printable(plugin.description)],
    ['published', listed.publishedAt],
    ['category', plugin.category.toLowerCase()],
    ['publisher', describePublisher(plugin)],
    ['rating', describeRating(plugin)],
    ['used', `installed ${plugin.installs} times, downloaded ${plugin.downloads} times`],
    ['deprecated', deprecationOf(listed)],
    ...(listed.takenDownReason === null ? [] : [['taken down', printable(listed.takenDownReason)] as const]),
    ...standingAdvisories(found).map((advisory) => ['advisory', describeAdvisory(advisory)] as const),
    ['installed', plugin.installation?.version ?? 'no'],
    ['size', `${(listed.sizeBytes / 1024).toFixed(1)} KiB`],
    ['integrity', integrity],
    ...describeRequests(manifest),
    ['versions', versions.map(({ version }) => version).join(' ')],
  ] as const;
  const contributions = {
    titles: ['KIND', 'NAME', 'TITLE', 'DESCRIPTION'],
    rows: describeContributions(manifest),
  };
  const head = readme
    .split('\n')
    .slice(0, readmeLines)
    .map((line) => line.trimEnd() && `  ${printable(line)}`);
  return [
    formatFields(fields, style),
    `\n${formatTable(contributions, style)}`,
    head.length === 0 ? '' : `\n${head.join('\n')}\n`,
  ].join('');
};
