import { PlatformError } from '@ia-modules/plugin-sdk';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { notFound } from '../../platform/api-failure.ts';
import { given } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { askConsent, isAttended } from '../platform/consent.ts';
import { parseSpec } from '../platform/find-plugin.ts';
import { grantInput } from '../platform/grant-input.ts';
import { type PermissionChanges, type Upgrade, uninstallPlugin, upgradePlugin } from '../platform/plugin-documents.ts';

type UpgradeOptions = { readonly grantAll?: boolean; readonly keepGrant?: boolean; readonly dryRun?: boolean };

/** `ia-plugin upgrade` and `ia-plugin uninstall`. */
export const addUpgradeCommands = (registration: CommandRegistration): void => {
  platformCommand(
    registration.program,
    'upgrade <plugin>',
    'Put another version in the place of the installed one: @scope/name or @scope/name@range.',
  )
    .option('--grant-all', 'allow what it asks for in addition')
    .option('--keep-grant', 'allow it nothing new')
    .option('--dry-run', 'only show what would change')
    .action(withSession<UpgradeOptions, [string]>(registration, upgrade));
  platformCommand(registration.program, 'uninstall <plugin>', 'Remove a plugin that no pipeline uses.').action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const { id: tenantId } = await session.tenant();
      const { name } = parseSpec(text);
      const removing = session.api.mutate(uninstallPlugin, { input: { tenantId, name } });
      const removed = await removing.catch(nameUnknown(`${name} is not installed in this tenant.`));
      session.print({ json: removed, text: () => `${removed.name} is removed.\n` });
    }),
  );
};

const upgrade = async (
  session: PlatformSession,
  options: UpgradeOptions,
  [text]: readonly [string],
): Promise<ExitCode> => {
  if (options.grantAll === true && options.keepGrant === true) {
    throw new UsageError('--grant-all and --keep-grant exclude each other.');
  }
  const { name, range } = parseSpec(text);
  const { id: tenantId } = await session.tenant();
  const input = given({ tenantId, name, version: range });
  const planning = session.api.mutate(upgradePlugin, { input: { ...input, dryRun: true } });
  const planned = await planning.catch(
    nameUnknown(`${name} is not installed in this tenant, or is gone from the registry.`),
  );
  if (options.dryRun === true) {
    session.print({ json: planned, text: () => formatPlan(planned) });
    return EXIT_CODES.ok;
  }
  if (!session.isJson) session.terminal.write(formatPlan(planned));
  const isAgreed = !planned.permissionChanges.isWidened || (await decide(session, options));
  if (!isAgreed) {
    session.terminal.writeError(`${name} stays at ${planned.previousVersion}.\n`);
    return EXIT_CODES.findings;
  }
  const isGranted = planned.permissionChanges.isWidened && options.keepGrant !== true;
  const grant = isGranted ? widened(planned) : undefined;
  const done = await session.api.mutate(upgradePlugin, {
    input: { ...input, version: planned.installation.version, ...(grant !== undefined && { grant }) },
  });
  session.print({ json: done, text: () => `${name}@${done.installation.version} is installed.\n` });
  return EXIT_CODES.ok;
};

/** The API says of all that is not there that it is not; here it is known what was asked for. */
const nameUnknown =
  (message: string) =>
  (error: unknown): never => {
    throw error instanceof PlatformError && error.code === 'IA_API_NOT_FOUND' ? notFound(message) : error;
  };

/** Whether the upgrade may go on though the new version asks for more. */
const decide = async ({ isJson }: PlatformSession, { grantAll, keepGrant }: UpgradeOptions): Promise<boolean> => {
  if (grantAll === true || keepGrant === true) return true;
  if (!isJson && isAttended()) return askConsent('Allow what it asks for in addition?');
  throw new UsageError('The new version asks for more: say --grant-all, or --keep-grant to allow it nothing new.');
};

/** What the plan leaves of the grant, and all that was added. */
const widened = ({ installation: { grant }, permissionChanges: { addedNet, addedSecrets, addedBlobs } }: Upgrade) =>
  grantInput({
    net: [...new Set([...grant.net, ...addedNet])],
    secrets: [...new Set([...grant.secrets, ...addedSecrets])],
    blobs: grant.blobs || addedBlobs,
  });

const formatPlan = ({ previousVersion, installation, permissionChanges }: Upgrade): string => {
  const title = `${installation.pluginName}  ${previousVersion} → ${installation.version}\n`;
  return (
    title +
    changeLines(permissionChanges)
      .map((line) => `  ${printable(line)}\n`)
      .join('')
  );
};

const changeLines = (changes: PermissionChanges): readonly string[] => [
  ...changes.addedNet.map((host) => `+ host ${host}`),
  ...changes.addedSecrets.map((name) => `+ secret ${name}`),
  ...(changes.addedBlobs ? ['+ stored bytes'] : []),
  ...changes.removedNet.map((host) => `- host ${host}`),
  ...changes.removedSecrets.map((name) => `- secret ${name}`),
  ...(changes.removedBlobs ? ['- stored bytes'] : []),
];
