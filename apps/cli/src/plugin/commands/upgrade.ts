import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { nameUnknown } from '../../platform/api-failure.ts';
import { given } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { askConsent, isAttended } from '../platform/consent.ts';
import { parseSpec } from '../platform/find-plugin.ts';
import { formatMoved, formatUpgrade } from '../platform/format-upgrade.ts';
import { grantInput } from '../platform/grant-input.ts';
import { type Upgrade, uninstallPlugin, upgradeDryRun, upgradePlugin } from '../platform/plugin-documents.ts';
import { type MovedPipelines, movePipelines, upgradePlan } from '../platform/upgrade-documents.ts';

type UpgradeOptions = {
  readonly grantAll?: boolean;
  readonly yes?: boolean;
  readonly keepGrant?: boolean;
  readonly request?: string | true;
  readonly movePipelines?: boolean;
  readonly dryRun?: boolean;
};

/** `ia-plugin upgrade` and `ia-plugin uninstall`. */
export const addUpgradeCommands = (registration: CommandRegistration): void => {
  platformCommand(
    registration.program,
    'upgrade <plugin>',
    'Make another version the default one: @scope/name or @scope/name@range. Pipelines keep what they pin.',
  )
    .option('--grant-all', 'allow what it asks for in addition')
    .option('-y, --yes', 'the same as --grant-all')
    .option('--keep-grant', 'allow it nothing new')
    .option('--request [note]', 'when it asks for more: let it wait until somebody agrees')
    .option('--move-pipelines', 'save the pipelines that pin another version again, those that validate')
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

const checkOptions = ({ grantAll, yes, keepGrant, request }: UpgradeOptions): void => {
  if ([grantAll === true || yes === true, keepGrant === true, request !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('--grant-all, --keep-grant and --request exclude each other.');
  }
};

const upgrade = async (
  session: PlatformSession,
  options: UpgradeOptions,
  [text]: readonly [string],
): Promise<ExitCode> => {
  checkOptions(options);
  const { name, range } = parseSpec(text);
  const { id: tenantId } = await session.tenant();
  const input = given({ tenantId, name, version: range });
  const planning = session.api.mutate(upgradeDryRun, { input: { ...input, dryRun: true } });
  const planned = await planning.catch(
    nameUnknown(`${name} is not installed in this tenant, or is gone from the registry.`),
  );
  const { version } = planned.installation;
  const { upgradePlan: plan } = await session.api.query(upgradePlan, { tenantId, name, version });
  if (options.dryRun === true) {
    session.print({ json: { ...planned, plan }, text: () => formatUpgrade(planned, plan) });
    return EXIT_CODES.ok;
  }
  if (!session.isJson) session.terminal.write(formatUpgrade(planned, plan));
  const decision = planned.needsConsent ? await decide(session, options) : 'as_it_is';
  if (decision === 'refused') {
    session.terminal.writeError(`${name} stays at ${planned.previousVersion}.\n`);
    return EXIT_CODES.findings;
  }
  const grant = GRANT_OF[decision](planned);
  const done = await session.api.mutate(upgradePlugin, {
    input: given({ ...input, version, grant, note: typeof options.request === 'string' ? options.request : undefined }),
  });
  if ('request' in done) {
    session.print({ json: done, text: () => `${name}@${version} waits until somebody agrees.\n` });
    return EXIT_CODES.ok;
  }
  const moved = options.movePipelines === true ? await moveAll(session, tenantId, name) : undefined;
  session.print({
    json: { ...done, ...moved },
    text: () => `${name}@${version} is installed.\n${moved === undefined ? '' : formatMoved(moved)}`,
  });
  return moved !== undefined && moved.unmoved.length > 0 ? EXIT_CODES.findings : EXIT_CODES.ok;
};

type Decision = 'widened' | 'kept' | 'as_it_is' | 'refused';

/** What becomes of an upgrade that asks for more. */
const decide = async (
  { isJson }: PlatformSession,
  { grantAll, yes, keepGrant, request }: UpgradeOptions,
): Promise<Decision> => {
  if (grantAll === true || yes === true) return 'widened';
  if (keepGrant === true) return 'kept';
  if (request !== undefined) return 'as_it_is';
  if (!isJson && isAttended()) return (await askConsent('Allow what it asks for in addition?')) ? 'widened' : 'refused';
  throw new UsageError(
    'The new version asks for more: say --grant-all, --keep-grant to allow it nothing new, or --request to let it wait.',
  );
};

/** What the plan leaves of the grant, and all that was added; without one, the platform decides whether it waits. */
const GRANT_OF = {
  widened: ({ installation: { grant }, permissionChanges: { addedNet, addedSecrets, addedBlobs } }: Upgrade) =>
    grantInput({
      net: [...new Set([...grant.net, ...addedNet])],
      secrets: [...new Set([...grant.secrets, ...addedSecrets])],
      blobs: grant.blobs || addedBlobs,
    }),
  kept: ({ installation: { grant } }: Upgrade) => grantInput(grant),
  as_it_is: () => undefined,
} as const;

const moveAll = async (
  { api }: PlatformSession,
  tenantId: string,
  pluginName: string,
): Promise<Pick<MovedPipelines, 'moved' | 'unmoved'>> => {
  const moved: MovedPipelines['moved'] = [];
  const unmoved: MovedPipelines['unmoved'] = [];
  let after: string | undefined;
  do {
    const page: MovedPipelines = await api.mutate(movePipelines, { input: given({ tenantId, pluginName, after }) });
    moved.push(...page.moved);
    unmoved.push(...page.unmoved);
    after = page.hasMore ? (page.endCursor ?? undefined) : undefined;
  } while (after !== undefined);
  return { moved, unmoved };
};
