import { type Command, Option } from 'commander';
import { given } from '../../platform/argument-values.ts';
import {
  createServiceAccount,
  disableServiceAccount,
  enableServiceAccount,
  type ServiceAccount,
  updateServiceAccount,
} from '../../platform/documents/access-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';
import { findServiceAccount, listServiceAccounts } from './find-service-account.ts';

/** Owners are people. */
const ROLES = ['admin', 'developer', 'operator', 'approver', 'viewer'] as const;

type Fields = { readonly name?: string; readonly role?: string; readonly description?: string };

const roleOption = (): Option => new Option('--role <role>', 'what its tokens may do').choices(ROLES);

/** `ia-modules service-accounts …`: members that are no people. */
export const addServiceAccountsCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('service-accounts').description('Members that programs act as.');
  platformCommand(group, 'list', 'List them, by name.').action(withSession<object>(registration, list));
  platformCommand(group, 'create <name>', 'Make one; `tokens create --service-account` gives it a token.')
    .addOption(roleOption().makeOptionMandatory())
    .option('--description <text>', 'what it is for')
    .action(
      withSession<Fields, [string]>(registration, async (session, { role, description }, [name]) => {
        const { id: tenantId } = await session.tenant();
        const input = given({ tenantId, name, role, description });
        show(session, (await session.api.mutate(createServiceAccount, { input })).serviceAccount);
      }),
    );
  platformCommand(group, 'update <account>', 'Change one, by its name or id. What is left out stays.')
    .option('--name <name>', 'its new name')
    .addOption(roleOption())
    .option('--description <text>', 'what it is for now')
    .action(
      withSession<Fields, [string]>(registration, async (session, { name, role, description }, [account]) => {
        const { id } = await findServiceAccount(session, account);
        const input = given({ id, name, role, description });
        show(session, (await session.api.mutate(updateServiceAccount, { input })).serviceAccount);
      }),
    );
  addStateCommands(registration, group);
};

const addStateCommands = (registration: CommandRegistration, group: Command): void => {
  for (const { verb, description, operation } of [
    { verb: 'disable', description: 'Stop all tokens of one within seconds.', operation: disableServiceAccount },
    { verb: 'enable', description: 'Let its tokens work again.', operation: enableServiceAccount },
  ]) {
    platformCommand(group, `${verb} <account>`, description).action(
      withSession<object, [string]>(registration, async (session, _options, [account]) => {
        const { id } = await findServiceAccount(session, account);
        show(session, (await session.api.mutate(operation, { input: { id } })).serviceAccount);
      }),
    );
  }
};

const list = async (session: PlatformSession): Promise<void> => {
  const found = await listServiceAccounts(session);
  const rows = found.map(({ id, name, role, disabledAt, description }) => [
    shortId(id),
    printable(name),
    role,
    disabledAt === null ? 'yes' : 'no',
    printable(description),
  ]);
  const table = { titles: ['ID', 'NAME', 'ROLE', 'ENABLED', 'DESCRIPTION'], rows };
  session.print({ json: { serviceAccounts: found }, text: () => formatTable(table, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('No service accounts.\n');
};

const show = (session: PlatformSession, serviceAccount: ServiceAccount): void => {
  const { id, name, role, disabledAt } = serviceAccount;
  const fields = [
    ['id', shortId(id)],
    ['name', printable(name)],
    ['role', role],
    ['enabled', disabledAt === null ? 'yes' : 'no'],
  ] as const;
  session.print({ json: { serviceAccount }, text: () => formatFields(fields, session.terminal.style) });
};
