import { InvalidArgumentError } from 'commander';
import { notFound } from '../platform/api-failure.ts';
import { wholeNumber } from '../platform/argument-values.ts';
import { setTenantLimits, type TenantLimits, tenantLimits } from '../platform/documents/limit-documents.ts';
import { platformCommand, withSession } from '../platform/platform-command.ts';
import { formatFields } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

type LimitName = Exclude<keyof TenantLimits, 'weight'>;

/** The options that set limits, in the words of this command. */
const LIMITS: readonly (readonly [name: LimitName, option: string, title: string, description: string])[] = [
  ['maxConcurrentRuns', 'runs', 'runs at once', 'runs that work at the same time, or none for no limit'],
  ['maxConcurrentTasks', 'tasks', 'tasks at once', 'tasks at the same time, or none'],
  ['maxRunsPerMinute', 'runsPerMinute', 'runs per minute', 'starts in a minute, or none'],
  ['maxRunsPerDay', 'runsPerDay', 'runs per day', 'starts on a day of UTC, or none'],
  ['maxEventsPerDay', 'eventsPerDay', 'events per day', 'events that runs write on a day, or none'],
  ['maxStorageBytes', 'storageBytes', 'bytes of storage', 'bytes of logs and large values, or none'],
  ['maxPlugins', 'plugins', 'plugins', 'installed plugins, or none'],
  ['maxPipelines', 'pipelines', 'pipelines', 'pipelines that are not archived, or none'],
  ['maxMembers', 'members', 'members', 'members and open invitations, or none'],
];

type SetOptions = { readonly tenantId?: string; readonly weight?: number } & Readonly<Record<string, unknown>>;

/** `none` takes a limit away. */
const limit = (text: string): number | null => {
  if (text === 'none') return null;
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on, or none.');
};

/** `ia-modules limits …`: what a tenant may use of the platform. */
export const addLimitsCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('limits').description('What a tenant may use of the platform.');
  platformCommand(group, 'show', 'Show the limits of the tenant.').action(
    withSession<object>(registration, async (session) => {
      const { slug } = await session.tenant();
      const { tenant } = await session.api.query(tenantLimits, { slug });
      if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
      session.print({ json: tenant.limits, text: () => formatLimits(tenant.limits, session.terminal.style) });
    }),
  );
  const set = platformCommand(
    group,
    'set',
    'Change them: for the operator of the platform. What is left out stays as it is.',
  )
    .option('--tenant-id <id>', 'a tenant that the operator does not belong to, by the id that the API answers')
    .option('--weight <n>', 'its share beside other tenants that want the worker too', wholeNumber(1, 1000));
  for (const [, option, , description] of LIMITS) set.option(`--${dashed(option)} <n>`, description, limit);
  set.action(
    withSession<SetOptions>(registration, async (session, options) => {
      const change = readChange(options);
      const tenantId = options.tenantId ?? (await session.tenant()).id;
      const { limits } = await session.api.mutate(setTenantLimits, { input: { tenantId, ...change } });
      session.print({ json: limits, text: () => formatLimits(limits, session.terminal.style) });
    }),
  );
};

const dashed = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const readChange = (options: SetOptions): Readonly<Record<string, number | null>> => {
  const change: Record<string, number | null> = options.weight === undefined ? {} : { weight: options.weight };
  for (const [name, option] of LIMITS) {
    const value = options[option] as number | null | undefined;
    if (value !== undefined) change[name] = value;
  }
  if (Object.keys(change).length > 0) return change;
  throw new UsageError(`Give --weight or one of ${LIMITS.map(([, option]) => `--${dashed(option)}`).join(', ')}.`);
};

const formatLimits = (limits: TenantLimits, style: Terminal['style']): string =>
  formatFields(
    [['weight', String(limits.weight)], ...LIMITS.map(([name, , title]) => [title, printed(limits[name])] as const)],
    style,
  );

const printed = (value: number | null): string => (value === null ? 'no limit' : String(value));
