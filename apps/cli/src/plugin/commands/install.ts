import { PlatformError, type PluginGrant } from '@ia-modules/plugin-sdk';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatFields } from '../../table.ts';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { asksForNothing, describeRequests } from '../platform/asked-permissions.ts';
import { addConsentOptions, askConsent, type ConsentOptions, grantOfOptions, isAttended } from '../platform/consent.ts';
import { type ChosenVersion, findPlugin, parseSpec } from '../platform/find-plugin.ts';
import { grantInput } from '../platform/grant-input.ts';
import { installPlan, installPlugin, type PlannedInstall } from '../platform/plugin-documents.ts';

/** `ia-plugin install`: shows what a plugin asks for, and installs it once somebody agrees. */
export const addInstallCommand = (registration: CommandRegistration): void => {
  const command = platformCommand(
    registration.program,
    'install <plugin>',
    'Install a plugin into the tenant: @scope/name or @scope/name@range.',
  );
  addConsentOptions(command).action(withSession<ConsentOptions, [string]>(registration, install));
};

const install = async (
  session: PlatformSession,
  options: ConsentOptions,
  [text]: readonly [string],
): Promise<ExitCode> => {
  const found = await findPlugin(session, parseSpec(text));
  const { plugin, listed, manifest } = found;
  const title = `${plugin.name}@${listed.version}`;
  const { id: tenantId } = await session.tenant();
  const needed = await plannedDependencies(session, tenantId, found);
  if (!session.isJson) session.terminal.write(formatRequest(found, session) + formatDependencies(needed, session));
  const asked = [...needed.map(({ permissions }) => permissions), manifest.permissions];
  const grants = await consentTo(asked, options, session);
  if (grants === undefined) {
    session.terminal.writeError(`${title} was not installed.\n`);
    return EXIT_CODES.findings;
  }
  const targets = [...needed, { name: plugin.name, version: listed.version }];
  for (const [index, { name, version }] of targets.entries()) {
    const grant = grantInput(grants[index] ?? NOTHING);
    const installed = await session.api.mutate(installPlugin, { input: { tenantId, name, version, grant } });
    session.print({ json: installed, text: () => `${name}@${version} is installed.\n` });
    for (const { message, hint } of session.isJson ? [] : installed.diagnostics) {
      session.terminal.writeError(`warning: ${printable(message)}${hint === null ? '' : ` ${printable(hint)}`}\n`);
    }
  }
  return EXIT_CODES.ok;
};

const NOTHING: PluginGrant = { net: [], secrets: [], blobs: false };

/** The plugins that have to be there before this one; those that are installed already stay as they are. */
const plannedDependencies = async (
  { api }: PlatformSession,
  tenantId: string,
  { plugin: { name }, listed: { version } }: ChosenVersion,
): Promise<readonly PlannedInstall[]> => {
  const { plugin } = await api.query(installPlan, { name, tenantId, version });
  const { installs, problems } = plugin?.installPlan ?? { installs: [], problems: [] };
  const [problem] = problems;
  if (problem === undefined) {
    return installs.filter((item) => item.name !== name && item.installedVersion !== item.version);
  }
  throw new PlatformError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: problems.map(({ message }) => message).join(' '),
    hint: problem.hint ?? undefined,
  });
};

const formatDependencies = (needed: readonly PlannedInstall[], { terminal }: PlatformSession): string =>
  needed
    .map(({ name, version, permissions: { net, secrets, blobs } }) => {
      const asks = [...net, ...secrets, ...(blobs ? ['stored bytes'] : [])].map(printable).join(', ') || 'nothing';
      return `${terminal.style('dim', 'installed along')}  ${printable(name)}@${version}, asks for: ${asks}\n`;
    })
    .join('');

const formatRequest = ({ plugin, listed, manifest }: ChosenVersion, { terminal }: PlatformSession): string => {
  const deprecated = listed.deprecated === null ? [] : ([['deprecated', printable(listed.deprecated)]] as const);
  const fields = [
    ['plugin', `${plugin.name}@${listed.version}`],
    ...deprecated,
    ...describeRequests(manifest),
  ] as const;
  return formatFields(fields, terminal.style);
};

/** One grant for each that asks; the options speak of the last one alone. Undefined when somebody says no. */
const consentTo = async (
  asked: readonly PluginGrant[],
  options: ConsentOptions,
  { isJson }: PlatformSession,
): Promise<readonly PluginGrant[] | undefined> => {
  const own = asked.at(-1) ?? NOTHING;
  const others = asked.slice(0, -1);
  const chosen = grantOfOptions(own, options);
  if (chosen !== undefined && (options.grantAll === true || others.every(asksForNothing))) return [...others, chosen];
  if (isJson || !isAttended()) {
    throw new UsageError('It asks for permissions: say --grant-all, or what it gets with --net, --secret and --blobs.');
  }
  return (await askConsent('Allow all of this?')) ? [...others, chosen ?? own] : undefined;
};
