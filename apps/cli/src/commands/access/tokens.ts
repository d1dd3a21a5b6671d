import { InvalidArgumentError, Option } from 'commander';
import { collect, given, wholeNumber } from '../../platform/argument-values.ts';
import {
  type ApiToken,
  createToken,
  type IssuedToken,
  renameToken,
  revokeToken,
  rotateToken,
  tokenList,
} from '../../platform/documents/access-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';
import { findServiceAccount } from './find-service-account.ts';

const STATUSES = ['active', 'expired', 'revoked'] as const;
const DAY_MS = 24 * 3_600_000;
const MAX_GRACE_HOURS = 7 * 24;

type ListOptions = {
  readonly own?: boolean;
  readonly serviceAccount?: string;
  readonly status?: readonly string[];
  readonly expiresWithin?: number;
  readonly limit: number;
};

type CreateOptions = {
  readonly name: string;
  readonly scope: readonly string[];
  readonly serviceAccount?: string;
  readonly expiresIn?: number;
};

const days = (text: string): number => {
  const value = Number(/^(?<days>\d{1,4})d?$/.exec(text)?.groups?.['days']);
  if (value >= 1) return value;
  throw new InvalidArgumentError('It must be a number of days such as 90.');
};

const inDays = (count: number | undefined): string | undefined =>
  count === undefined ? undefined : new Date(Date.now() + count * DAY_MS).toISOString();

/** `ia-modules tokens …`: what programs sign in with. */
export const addTokensCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('tokens').description('API tokens: what programs sign in with.');
  platformCommand(group, 'list', 'List tokens, the newest first.')
    .option('--own', 'only those of whoever asks')
    .option('--service-account <name>', 'only those of a service account, by its name or id')
    .addOption(new Option('--status <status...>', 'only in one of these states').choices(STATUSES))
    .option('--expires-within <days>', 'only active ones that end within so many days', days)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 100)
    .action(withSession<ListOptions>(registration, list));
  platformCommand(group, 'create', 'Make a token; it is shown this once.')
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scope>', 'what it may be used for, such as RUNS_WRITE; may be repeated', collect)
    .option('--service-account <name>', 'let it act for a service account, by its name or id')
    .option('--expires-in <days>', 'when it ends; never, when left out', days)
    .action(withSession<CreateOptions>(registration, create));
  platformCommand(group, 'rotate <id>', 'Make another token in its place; that one is shown this once.')
    .option('--grace-hours <n>', 'how long the old one still works', wholeNumber(0, MAX_GRACE_HOURS), 0)
    .option('--expires-in <days>', 'when the new one ends; when the old one would have, if left out', days)
    .action(
      withSession<{ readonly graceHours: number; readonly expiresIn?: number }, [string]>(
        registration,
        async (session, { graceHours, expiresIn }, [text]) => {
          const id = await session.idOf('ApiToken', text);
          const input = given({ id, graceSeconds: graceHours * 3_600, expiresAt: inDays(expiresIn) });
          showIssued(session, await session.api.mutate(rotateToken, { input }));
        },
      ),
    );
  addChangeCommands(registration, group);
};

const addChangeCommands = (registration: CommandRegistration, group: ReturnType<typeof platformCommand>): void => {
  platformCommand(group, 'rename <id> <name>', 'Give a token another name.').action(
    withSession<object, [string, string]>(registration, async (session, _options, [text, name]) => {
      const id = await session.idOf('ApiToken', text);
      const { apiToken } = await session.api.mutate(renameToken, { input: { id, name } });
      session.print({ json: { apiToken }, text: () => `${shortId(id)} is now ${printable(apiToken.name)}\n` });
    }),
  );
  platformCommand(group, 'revoke <id>', 'End a token everywhere, within seconds.').action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const id = await session.idOf('ApiToken', text);
      const { apiToken } = await session.api.mutate(revokeToken, { input: { id } });
      session.print({ json: { apiToken }, text: () => `${printable(apiToken.name)} (${shortId(id)}) is revoked\n` });
    }),
  );
};

const list = async (session: PlatformSession, options: ListOptions): Promise<void> => {
  const { slug } = await session.tenant();
  const { own, serviceAccount, status, expiresWithin, limit } = options;
  const account = serviceAccount === undefined ? undefined : await findServiceAccount(session, serviceAccount);
  const filter = given({
    isOwn: own === true ? true : undefined,
    serviceAccountId: account?.id,
    status: status === undefined ? undefined : [...status],
    expiresBefore: inDays(expiresWithin),
  });
  const found = await readList(limit, async (page) => {
    const { tenant } = await session.api.query(tokenList, { slug, filter, ...page });
    return tenant?.apiTokens;
  });
  session.print({ json: { apiTokens: found }, text: () => formatTokens(found, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('No tokens.\n');
};

const formatTokens = (found: readonly ApiToken[], style: Terminal['style']): string => {
  const nowMs = Date.now();
  const distance = (at: string | null): string => (at === null ? 'never' : printedDistance(at, nowMs));
  return formatTable(
    {
      titles: ['ID', 'NAME', 'BEGINS WITH', 'STATUS', 'FOR', 'LAST USED', 'ENDS', 'SCOPES'],
      rows: found.map((token) => [
        shortId(token.id),
        printable(token.name),
        printable(token.prefix),
        token.status,
        printable(token.serviceAccount?.name ?? 'a person'),
        distance(token.lastUsedAt),
        distance(token.expiresAt),
        token.scopes.join(' '),
      ]),
    },
    style,
  );
};

const create = async (session: PlatformSession, options: CreateOptions): Promise<void> => {
  const { name, scope, serviceAccount, expiresIn } = options;
  const account = serviceAccount === undefined ? undefined : await findServiceAccount(session, serviceAccount);
  const { id: tenantId } = await session.tenant();
  const input = given({
    tenantId,
    name,
    scopes: scope.map((text) => text.toUpperCase()),
    serviceAccountId: account?.id,
    expiresAt: inDays(expiresIn),
  });
  showIssued(session, await session.api.mutate(createToken, { input }));
};

const showIssued = (session: PlatformSession, issued: IssuedToken): void => {
  const { apiToken, token } = issued;
  const fields = [
    ['id', shortId(apiToken.id)],
    ['name', printable(apiToken.name)],
    ['ends', apiToken.expiresAt ?? 'never'],
    ['token', token],
  ] as const;
  session.print({ json: issued, text: () => formatFields(fields, session.terminal.style) });
};
