import { notFound } from '../platform/api-failure.ts';
import {
  type FeatureFlag,
  featureFlags,
  resetFeatureFlag,
  setFeatureFlag,
} from '../platform/documents/flag-documents.ts';
import { platformCommand, withSession } from '../platform/platform-command.ts';
import type { PlatformSession } from '../platform/platform-session.ts';
import { formatTable } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

type ChangeOptions = { readonly tenantId?: string };

const STATES: Readonly<Record<string, boolean>> = { on: true, off: false };

/** `ia-modules flags …`: parts of the platform that are switched on or off for a tenant. */
export const addFlagsCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('flags').description('Switch parts of the platform on or off.');
  platformCommand(group, 'list', 'List what can be switched, and how it is.').action(
    withSession<object>(registration, async (session) => {
      const { slug } = await session.tenant();
      const { tenant } = await session.api.query(featureFlags, { slug });
      if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
      const rows = tenant.featureFlags.map(({ name, isEnabled, setBy, description }) => [
        name,
        isEnabled ? 'on' : 'off',
        setBy === 'TENANT' ? 'owners and admins' : 'the operator',
        description,
      ]);
      const table = { titles: ['name', 'state', 'set by', 'what works'], rows };
      session.print({ json: tenant.featureFlags, text: () => formatTable(table, session.terminal.style) });
    }),
  );
  platformCommand(group, 'set <name> <state>', 'Switch one: on or off.')
    .option('--tenant-id <id>', 'for the operator: a tenant by the id that the API answers')
    .action(
      withSession<ChangeOptions, [string, string]>(registration, async (session, options, [name, state]) => {
        const isEnabled = STATES[state];
        if (isEnabled === undefined) throw new UsageError('The state is on or off.');
        const tenantId = await tenantOf(session, options);
        const { featureFlag } = await session.api.mutate(setFeatureFlag, { input: { tenantId, name, isEnabled } });
        printFlag(session, featureFlag);
      }),
    );
  platformCommand(group, 'reset <name>', 'Take one back to its default.')
    .option('--tenant-id <id>', 'for the operator: a tenant by the id that the API answers')
    .action(
      withSession<ChangeOptions, [string]>(registration, async (session, options, [name]) => {
        const tenantId = await tenantOf(session, options);
        const { featureFlag } = await session.api.mutate(resetFeatureFlag, { input: { tenantId, name } });
        printFlag(session, featureFlag);
      }),
    );
};

const tenantOf = async (session: PlatformSession, { tenantId }: ChangeOptions): Promise<string> =>
  tenantId ?? (await session.tenant()).id;

const printFlag = (session: PlatformSession, flag: FeatureFlag): void =>
  session.print({ json: flag, text: () => `${flag.name} is ${flag.isEnabled ? 'on' : 'off'}\n` });
