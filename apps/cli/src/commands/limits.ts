import { InvalidArgumentError } from 'commander';
import { notFound } from '../platform/api-failure.ts';
import { wholeNumber } from '../platform/argument-values.ts';
import { setTenantLimits, type TenantLimits, tenantLimits } from '../platform/documents/limit-documents.ts';
import { platformCommand, withSession } from '../platform/platform-command.ts';
import { formatFields } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

type SetOptions = {
  readonly tenantId?: string;
  readonly weight?: number;
  readonly runs?: number | null;
  readonly tasks?: number | null;
  readonly runsPerMinute?: number | null;
};

const MAX_LIMIT = 1_000_000;

/** `none` takes a limit away. */
const limit = (text: string): number | null => {
  if (text === 'none') return null;
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIMIT}, or none.`);
};

/** `ia-modules limits …`: what a tenant may use of the worker. */
export const addLimitsCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('limits').description('What a tenant may use of the worker.');
  platformCommand(group, 'show', 'Show the limits of the tenant.').action(
    withSession<object>(registration, async (session) => {
      const { slug } = await session.tenant();
      const { tenant } = await session.api.query(tenantLimits, { slug });
      if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
      session.print({ json: tenant.limits, text: () => formatLimits(tenant.limits, session.terminal.style) });
    }),
  );
  platformCommand(group, 'set', 'Change them: for the operator of the platform. What is left out stays as it is.')
    .option('--tenant-id <id>', 'a tenant that the operator does not belong to, by the id that the API answers')
    .option('--weight <n>', 'its share beside other tenants that want the worker too', wholeNumber(1, 1000))
    .option('--runs <n>', 'runs that work at the same time, or none for no limit', limit)
    .option('--tasks <n>', 'tasks at the same time, or none', limit)
    .option('--runs-per-minute <n>', 'starts in a minute, or none', limit)
    .action(
      withSession<SetOptions>(registration, async (session, options) => {
        const change = readChange(options);
        const tenantId = options.tenantId ?? (await session.tenant()).id;
        const { limits } = await session.api.mutate(setTenantLimits, { input: { tenantId, ...change } });
        session.print({ json: limits, text: () => formatLimits(limits, session.terminal.style) });
      }),
    );
};

const readChange = ({ weight, runs, tasks, runsPerMinute }: SetOptions) => {
  const change = {
    ...(weight === undefined ? {} : { weight }),
    ...(runs === undefined ? {} : { maxConcurrentRuns: runs }),
    ...(tasks === undefined ? {} : { maxConcurrentTasks: tasks }),
    ...(runsPerMinute === undefined ? {} : { maxRunsPerMinute: runsPerMinute }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new UsageError('Give --weight, --runs, --tasks or --runs-per-minute.');
};

const formatLimits = (limits: TenantLimits, style: Terminal['style']): string =>
  formatFields(
    [
      ['weight', String(limits.weight)],
      ['runs at once', printed(limits.maxConcurrentRuns)],
      ['tasks at once', printed(limits.maxConcurrentTasks)],
      ['runs per minute', printed(limits.maxRunsPerMinute)],
    ],
    style,
  );

const printed = (value: number | null): string => (value === null ? 'no limit' : String(value));
