import type { PluginGrant } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { notFound } from '../../platform/api-failure.ts';
import { given, wholeNumber } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { addConsentOptions, type ConsentOptions, grantOfOptions } from '../platform/consent.ts';
import { parseSpec } from '../platform/find-plugin.ts';
import { grantInput } from '../platform/grant-input.ts';
import {
  consentToUpgrade,
  declineUpgrade,
  type InstalledVersion,
  installedVersions,
  removeInstalledVersion,
  type UpgradeRequest,
  upgradeRequests,
} from '../platform/upgrade-documents.ts';

/** `ia-plugin versions`, `remove-version`, `requests`, `consent` and `decline`. */
export const addVersionCommands = (registration: CommandRegistration): void => {
  const { program } = registration;
  platformCommand(
    program,
    'versions <plugin>',
    'List the versions of a plugin that are installed beside each other.',
  ).action(withSession<object, [string]>(registration, listVersions));
  platformCommand(
    program,
    'remove-version <plugin>',
    'Remove @scope/name@version, which no pipeline pins any more.',
  ).action(withSession<object, [string]>(registration, removeVersion));
  platformCommand(program, 'requests', 'List the upgrades that wait until somebody agrees.')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000), 100)
    .action(withSession<LimitOptions>(registration, listRequests));
  const consent = platformCommand(program, 'consent <plugin>', 'Agree to an upgrade that waits.');
  addConsentOptions(consent)
    .option('--note <text>', 'why')
    .action(withSession<ConsentOptions & NoteOptions, [string]>(registration, agree));
  platformCommand(program, 'decline <plugin>', 'Refuse an upgrade that waits.')
    .option('--note <text>', 'why')
    .action(withSession<NoteOptions, [string]>(registration, decline));
};

type LimitOptions = { readonly limit: number };
type NoteOptions = { readonly note?: string };

const listVersions = async (session: PlatformSession, _options: object, [text]: readonly [string]): Promise<void> => {
  const { id: tenantId } = await session.tenant();
  const { name } = parseSpec(text);
  const { plugin } = await session.api.query(installedVersions, { name, tenantId });
  const versions = plugin?.installation?.versions.nodes;
  if (versions === undefined) throw notFound(`${name} is not installed in this tenant.`);
  const table = { titles: ['VERSION', 'DEFAULT', 'PIPELINES', 'HOSTS', 'SECRETS'], rows: versions.map(versionRow) };
  session.print({ json: { versions }, text: () => formatTable(table, session.terminal.style) });
};

const versionRow = ({ version, isDefault, pipelineCount, grant }: InstalledVersion): readonly string[] => [
  version,
  isDefault ? 'yes' : '-',
  String(pipelineCount),
  printable(grant.net.join(' ')) || '-',
  printable(grant.secrets.join(' ')) || '-',
];

const removeVersion = async (session: PlatformSession, _options: object, [text]: readonly [string]): Promise<void> => {
  const { name, range: version } = parseSpec(text);
  if (version === undefined || semver.valid(version) === null) {
    throw new UsageError('Name the version: @scope/name@1.2.0.');
  }
  const { id: tenantId } = await session.tenant();
  const removed = await session.api.mutate(removeInstalledVersion, { input: { tenantId, name, version } });
  session.print({ json: removed, text: () => `${removed.name}@${removed.version} is removed.\n` });
};

const readRequests = async ({ api, tenant }: PlatformSession, limit: number): Promise<readonly UpgradeRequest[]> => {
  const { slug } = await tenant();
  return readList(limit, async (page) => (await api.query(upgradeRequests, { slug, ...page })).tenant?.upgradeRequests);
};

const listRequests = async (session: PlatformSession, { limit }: LimitOptions): Promise<void> => {
  const requests = await readRequests(session, limit);
  const table = { titles: ['PLUGIN', 'FROM', 'TO', 'ASKS IN ADDITION', 'NOTE'], rows: requests.map(requestRow) };
  session.print({ json: { requests }, text: () => formatTable(table, session.terminal.style) });
  if (requests.length === 0 && !session.isJson) session.terminal.writeError('No upgrade waits.\n');
};

const requestRow = ({ pluginName, fromVersion, toVersion, permissionChanges, note }: UpgradeRequest) => {
  const { addedNet, addedSecrets, addedBlobs } = permissionChanges;
  const added = [...addedNet, ...addedSecrets, ...(addedBlobs ? ['stored bytes'] : [])].join(' ');
  return [printable(pluginName), fromVersion, toVersion, printable(added) || '-', printable(note) || '-'];
};

/** At most one waits for each plugin. */
const MAX_WAITING = 1_000;

const findRequest = async (session: PlatformSession, text: string): Promise<UpgradeRequest> => {
  const { name } = parseSpec(text);
  const found = (await readRequests(session, MAX_WAITING)).find(({ pluginName }) => pluginName === name);
  if (found === undefined) throw notFound(`No upgrade of ${name} waits.`);
  return found;
};

const agree = async (
  session: PlatformSession,
  options: ConsentOptions & NoteOptions,
  [text]: readonly [string],
): Promise<ExitCode> => {
  const request = await findRequest(session, text);
  const { id: tenantId } = await session.tenant();
  const grant = grantInput(await chosenGrant(session, request, options));
  const done = await session.api.mutate(consentToUpgrade, {
    input: given({ tenantId, id: request.id, grant, note: options.note }),
  });
  const { pluginName, version } = done.installation;
  session.print({ json: done, text: () => `${pluginName}@${version} is installed.\n` });
  return EXIT_CODES.ok;
};

/** Beside what the options name, it keeps what is granted now. */
const chosenGrant = async (
  { api, tenant }: PlatformSession,
  { pluginName: name, permissionChanges: changes }: UpgradeRequest,
  options: ConsentOptions,
): Promise<PluginGrant> => {
  const { id: tenantId } = await tenant();
  const { plugin } = await api.query(installedVersions, { name, tenantId });
  const now = plugin?.installation?.versions.nodes.find(({ isDefault }) => isDefault)?.grant ?? NOTHING;
  const added = { net: changes.addedNet, secrets: changes.addedSecrets, blobs: changes.addedBlobs };
  const chosen = grantOfOptions(added, options);
  if (chosen === undefined) {
    throw new UsageError(
      'It asks for more: say --grant-all, or what it gets in addition with --net, --secret and --blobs.',
    );
  }
  return {
    net: [...new Set([...now.net.filter((host) => !changes.removedNet.includes(host)), ...chosen.net])],
    secrets: [...new Set([...now.secrets.filter((item) => !changes.removedSecrets.includes(item)), ...chosen.secrets])],
    blobs: (now.blobs && !changes.removedBlobs) || chosen.blobs,
  };
};

const NOTHING: PluginGrant = { net: [], secrets: [], blobs: false };

const decline = async (session: PlatformSession, { note }: NoteOptions, [text]: readonly [string]): Promise<void> => {
  const { id } = await findRequest(session, text);
  const { id: tenantId } = await session.tenant();
  const { request } = await session.api.mutate(declineUpgrade, { input: given({ tenantId, id, note }) });
  session.print({ json: request, text: () => `${request.pluginName} stays at ${request.fromVersion}.\n` });
};
