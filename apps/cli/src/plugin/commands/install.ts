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
import { type Installed, installPlan, installPlugin, type PlannedInstall } from '../platform/plugin-documents.ts';

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
  const grants = await consentTo({ named: manifest.permissions, needed }, options, session);
  if (grants === undefined) {
    session.terminal.writeError(`${title} was not installed.\n`);
    return EXIT_CODES.findings;
  }
  const targets = [...needed, { name: plugin.name, version: listed.version }];
  const done: Installed[] = [];
  for (const [index, { name, version }] of targets.entries()) {
    const grant = grantInput(grants[index] ?? NOTHING);
    const installed = await session.api.mutate(installPlugin, { input: { tenantId, name, version, grant } });
    done.push(installed);
    if (!session.isJson) reportInstalled(installed, session);
  }
  if (session.isJson) {
    const installedAlong = done.slice(0, -1);
    session.print({ json: { ...done.at(-1), installedAlong }, text: () => '' });
  }
  return EXIT_CODES.ok;
};

const reportInstalled = ({ installation, diagnostics }: Installed, { terminal }: PlatformSession): void => {
  terminal.write(`${installation.pluginName}@${installation.version} is installed.\n`);
  for (const { message, hint } of diagnostics) {
    terminal.writeError(`warning: ${printable(message)}${hint === null ? '' : ` ${printable(hint)}`}\n`);
  }
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

type Asking = { readonly named: PluginGrant; readonly needed: readonly PlannedInstall[] };

/**
 * One grant for each, that of the named plugin last. `--net`, `--secret` and `--blobs` speak of that one alone. Undefined when somebody
 * says no.
 */
const consentTo = async (
  { named, needed }: Asking,
  options: ConsentOptions,
  { isJson }: PlatformSession,
): Promise<readonly PluginGrant[] | undefined> => {
  const chosen = grantOfOptions(named, options);
  const others = needed.map(({ permissions }) => permissions);
  const asking = options.grantAll === true ? [] : needed.filter(({ permissions }) => !asksForNothing(permissions));
  if (chosen !== undefined && asking.length === 0) return [...others, chosen];
  if (isJson || !isAttended()) throw new UsageError(chosen === undefined ? SAY_WHAT : sayAlong(asking));
  return (await askConsent('Allow all of this?')) ? [...others, chosen ?? named] : undefined;
};

const SAY_WHAT = 'It asks for permissions: say --grant-all, or what it gets with --net, --secret and --blobs.';

const sayAlong = (asking: readonly PlannedInstall[]): string => {
  const names = asking.map(({ name, version }) => printable(`${name}@${version}`)).join(', ');
  return `What is installed along asks for permissions: say --grant-all, or install ${names} before, with what it gets.`;
};
