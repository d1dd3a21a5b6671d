import type { PluginGrant } from '@ia-modules/plugin-sdk';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatFields } from '../../table.ts';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { describeRequests } from '../platform/asked-permissions.ts';
import { addConsentOptions, askConsent, type ConsentOptions, grantOfOptions, isAttended } from '../platform/consent.ts';
import { type ChosenVersion, findPlugin, parseSpec } from '../platform/find-plugin.ts';
import { grantInput } from '../platform/grant-input.ts';
import { installPlugin } from '../platform/plugin-documents.ts';

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
  if (!session.isJson) session.terminal.write(formatRequest(found, session));
  const grant = await consentTo(manifest.permissions, options, session);
  if (grant === undefined) {
    session.terminal.writeError(`${title} was not installed.\n`);
    return EXIT_CODES.findings;
  }
  const { id: tenantId } = await session.tenant();
  const input = { tenantId, name: plugin.name, version: listed.version, grant: grantInput(grant) };
  const installed = await session.api.mutate(installPlugin, { input });
  session.print({ json: installed, text: () => `${title} is installed.\n` });
  for (const { message, hint } of session.isJson ? [] : installed.diagnostics) {
    session.terminal.writeError(`warning: ${printable(message)}${hint === null ? '' : ` ${printable(hint)}`}\n`);
  }
  return EXIT_CODES.ok;
};

const formatRequest = ({ plugin, listed, manifest }: ChosenVersion, { terminal }: PlatformSession): string => {
  const deprecated = listed.deprecated === null ? [] : ([['deprecated', printable(listed.deprecated)]] as const);
  const fields = [
    ['plugin', `${plugin.name}@${listed.version}`],
    ...deprecated,
    ...describeRequests(manifest),
  ] as const;
  return formatFields(fields, terminal.style);
};

/** Undefined when somebody says no. */
const consentTo = async (
  asked: PluginGrant,
  options: ConsentOptions,
  { isJson }: PlatformSession,
): Promise<PluginGrant | undefined> => {
  const chosen = grantOfOptions(asked, options);
  if (chosen !== undefined) return chosen;
  if (isJson || !isAttended()) {
    throw new UsageError('It asks for permissions: say --grant-all, or what it gets with --net, --secret and --blobs.');
  }
  return (await askConsent('Allow all of this?')) ? asked : undefined;
};
