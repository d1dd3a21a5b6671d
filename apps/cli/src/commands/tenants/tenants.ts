import { notFound, unauthenticated } from '../../platform/api-failure.ts';
import { wholeNumber } from '../../platform/argument-values.ts';
import {
  createTenant,
  deleteTenant,
  type ListedTenant,
  renameTenant,
  restoreTenant,
  tenantsOfViewer,
  type TenantUsage,
  tenantUsage,
} from '../../platform/documents/tenant-life-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { addExportCommand } from './export.ts';

/** `ia-modules tenants …`: the life of a tenant, and what it uses. */
export const addTenantsCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('tenants').description('Make, rename, export and delete tenants.');
  platformCommand(group, 'list', 'List the tenants that you belong to.').action(
    withSession<object>(registration, async (session) => {
      const { viewer } = await session.api.query(tenantsOfViewer);
      if (viewer === null) throw unauthenticated('Nobody is signed in: no API token was given.');
      const rows = viewer.tenants.map(({ role, tenant }) => [
        tenant.slug,
        printable(tenant.name),
        role,
        stateOf(tenant),
      ]);
      const table = { titles: ['slug', 'name', 'role', 'state'], rows };
      session.print({ json: viewer.tenants, text: () => formatTable(table, session.terminal.style) });
    }),
  );
  platformCommand(group, 'create <slug> [name]', 'Make a tenant that you own.').action(
    withSession<object, [string, string | undefined]>(registration, async (session, _options, [slug, name = slug]) => {
      const { tenant } = await session.api.mutate(createTenant, { input: { slug, name } });
      printTenant(session, tenant);
    }),
  );
  platformCommand(group, 'rename <name>', 'Give the tenant another name; its slug stays.').action(
    withSession<object, [string]>(registration, async (session, _options, [name]) => {
      const { id: tenantId } = await session.tenant();
      const { tenant } = await session.api.mutate(renameTenant, { input: { tenantId, name } });
      printTenant(session, tenant);
    }),
  );
  addUsageCommand(registration, group);
  addExportCommand(registration, group);
  platformCommand(group, 'delete', 'Close the tenant; after some days of grace everything of it is erased.')
    .option('--confirm <slug>', 'its slug once more')
    .action(
      withSession<{ readonly confirm?: string }>(registration, async (session, { confirm }) => {
        const { id: tenantId, slug } = await session.tenant();
        if (confirm === undefined) throw new UsageError(`Everything of ${slug} will be erased: add --confirm ${slug}.`);
        const { tenant } = await session.api.mutate(deleteTenant, { input: { tenantId, confirmSlug: confirm } });
        printTenant(session, tenant);
      }),
    );
  platformCommand(group, 'restore', 'Take a deletion back while its days of grace last.').action(
    withSession<object>(registration, async (session) => {
      const { id: tenantId } = await session.tenant();
      const { tenant } = await session.api.mutate(restoreTenant, { input: { tenantId } });
      printTenant(session, tenant);
    }),
  );
};

const stateOf = ({ deletion }: ListedTenant): string =>
  deletion === null ? 'open' : `deleted, erased at ${deletion.eraseAt}`;

const printTenant = (session: PlatformSession, tenant: ListedTenant): void =>
  session.print({ json: tenant, text: () => `${tenant.slug}: ${printable(tenant.name)}, ${stateOf(tenant)}\n` });

const USES: readonly (readonly [keyof TenantUsage, string])[] = [
  ['runsToday', 'runs today'],
  ['eventsToday', 'events today'],
  ['storageBytes', 'bytes of storage'],
  ['plugins', 'plugins'],
  ['pipelines', 'pipelines'],
  ['members', 'members'],
  ['concurrentRuns', 'runs at once'],
];

const addUsageCommand = (registration: CommandRegistration, group: CommandRegistration['program']): void => {
  platformCommand(group, 'usage', 'Show what the tenant uses and may use, and its last days.')
    .option('--days <n>', 'how many days', wholeNumber(1, 366), 7)
    .action(
      withSession<{ readonly days: number }>(registration, async (session, { days }) => {
        const { slug } = await session.tenant();
        const { tenant } = await session.api.query(tenantUsage, { slug, days });
        if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
        const { usage, usageHistory } = tenant;
        const uses = USES.map(([name, title]) => {
          const { used, limit, resetsAt } = usage[name];
          return [title, String(used), limit === null ? 'no limit' : String(limit), resetsAt ?? ''];
        });
        const history = usageHistory.map(({ day, runs, events, bytesWritten, bytesRemoved }) =>
          [day.slice(0, 10), runs, events, bytesWritten, bytesRemoved].map(String),
        );
        const { style } = session.terminal;
        session.print({
          json: tenant,
          text: () =>
            `${formatTable({ titles: ['what', 'used', 'limit', 'from zero at'], rows: uses }, style)}\n${formatTable(
              { titles: ['day', 'runs', 'events', 'bytes written', 'bytes removed'], rows: history },
              style,
            )}`,
        });
      }),
    );
};
