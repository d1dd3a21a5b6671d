import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { notFound } from '../../platform/api-failure.ts';
import { wholeNumber } from '../../platform/argument-values.ts';
import {
  createSecret,
  deleteSecret,
  rollbackSecret,
  rotateSecret,
  type Secret,
  secretList,
  testSecret,
} from '../../platform/documents/secret-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatTable, type Table } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';
import { readSecretValue } from './secret-value.ts';

type ValueOptions = { readonly file?: string };
type SetOptions = ValueOptions & { readonly description?: string };
type RotateOptions = ValueOptions & { readonly expectedVersion?: number };

const MAX_SECRETS = 10_000;
const MAX_VERSION = 2_147_483_647;
const FILE_OPTION = ['--file <file>', 'a file that holds the value (else standard input)'] as const;
const VERSION_OPTION = ['--expected-version <n>', 'refuse when another version is current'] as const;

/** `ia-modules secrets …`: what pipelines and plugins need and nobody reads back. */
export const addSecretsCommands = (registration: CommandRegistration): void => {
  const group = registration.program
    .command('secrets')
    .description('Values that pipelines need and nobody reads back.');
  platformCommand(group, 'list', 'List them, by name.').action(withSession<object>(registration, list));
  platformCommand(group, 'set <name>', 'Make a secret, or give the one of this name another value.')
    .option(...FILE_OPTION)
    .option('--description <text>', 'what a new one is for')
    .action(withSession<SetOptions, [string]>(registration, set));
  platformCommand(group, 'rotate <name>', 'Give a secret another value.')
    .option(...FILE_OPTION)
    .option(...VERSION_OPTION, wholeNumber(1, MAX_VERSION))
    .action(
      withSession<RotateOptions, [string]>(registration, async (session, { file, ...options }, [name]) => {
        const { id } = await findSecret(session, name);
        const value = await readSecretValue(file);
        showSecret(session, await session.api.mutate(rotateSecret, { input: { id, value, ...expected(options) } }));
      }),
    );
  platformCommand(group, 'rollback <name>', 'Let the value of an earlier version count again.')
    .requiredOption('--to <version>', 'the earlier version', wholeNumber(1, MAX_VERSION))
    .option(...VERSION_OPTION, wholeNumber(1, MAX_VERSION))
    .action(
      withSession<RotateOptions & { readonly to: number }, [string]>(registration, async (session, options, [name]) => {
        const { id } = await findSecret(session, name);
        const input = { id, toVersion: options.to, ...expected(options) };
        showSecret(session, await session.api.mutate(rollbackSecret, { input }));
      }),
    );
  addTestAndDelete(registration, group);
};

const addTestAndDelete = (registration: CommandRegistration, group: CommandRegistration['program']): void => {
  platformCommand(group, 'test <name>', 'Tell whether a secret has this value; ends with 1 when not.')
    .option(...FILE_OPTION)
    .option('--fingerprint', 'compare nothing, and only print the fingerprint of the value')
    .action(withSession<ValueOptions & { readonly fingerprint?: boolean }, [string]>(registration, test));
  platformCommand(group, 'delete <name>', 'Take a secret away with all its versions.')
    .option('--force', 'also while pipelines read it')
    .action(
      withSession<{ readonly force?: boolean }, [string]>(registration, async (session, { force = false }, [name]) => {
        const { id } = await findSecret(session, name);
        const { deletedId } = await session.api.mutate(deleteSecret, { input: { id, force } });
        session.print({ json: { deletedId }, text: () => `${printable(name)} is deleted\n` });
      }),
    );
};

const listSecrets = async (session: PlatformSession): Promise<readonly Secret[]> => {
  const { slug } = await session.tenant();
  return readList(MAX_SECRETS, async (page) => {
    const { tenant } = await session.api.query(secretList, { slug, ...page });
    return tenant?.secrets;
  });
};

const findSecret = async (session: PlatformSession, name: string): Promise<Secret> => {
  const found = (await listSecrets(session)).find((secret) => secret.name === name || secret.id === name);
  if (found !== undefined) return found;
  throw notFound(`There is no secret '${printable(name)}' that the token may see.`);
};

const list = async (session: PlatformSession): Promise<void> => {
  const secrets = await listSecrets(session);
  const { style, writeError } = session.terminal;
  session.print({ json: { secrets }, text: () => formatTable(toTable(secrets), style) });
  if (secrets.length === 0 && !session.isJson) writeError('No secrets.\n');
};

const toTable = (secrets: readonly Secret[]): Table => {
  const nowMs = Date.now();
  return {
    titles: ['NAME', 'VERSION', 'CHANGED', 'LAST USED', 'DESCRIPTION'],
    rows: secrets.map(({ name, currentVersion, updatedAt, lastUsedAt, description }) => [
      printable(name),
      String(currentVersion),
      printedDistance(updatedAt, nowMs),
      lastUsedAt === null ? 'never' : printedDistance(lastUsedAt, nowMs),
      printable(description),
    ]),
  };
};

const set = async (session: PlatformSession, { file, description }: SetOptions, [name]: [string]): Promise<void> => {
  const existing = (await listSecrets(session)).find((secret) => secret.name === name);
  const value = await readSecretValue(file);
  if (existing !== undefined) {
    const input = { id: existing.id, value, expectedVersion: existing.currentVersion };
    return showSecret(session, await session.api.mutate(rotateSecret, { input }));
  }
  const { id: tenantId } = await session.tenant();
  const input = { tenantId, name, value, ...(description === undefined ? {} : { description }) };
  return showSecret(session, await session.api.mutate(createSecret, { input }));
};

const expected = ({ expectedVersion }: RotateOptions): { readonly expectedVersion?: number } =>
  expectedVersion === undefined ? {} : { expectedVersion };

const showSecret = (session: PlatformSession, { secret }: { readonly secret: Secret }): void =>
  session.print({
    json: { secret },
    text: () => `${printable(secret.name)} has version ${secret.currentVersion} now\n`,
  });

const test = async (
  session: PlatformSession,
  { file, fingerprint: onlyFingerprint = false }: ValueOptions & { readonly fingerprint?: boolean },
  [name]: [string],
): Promise<ExitCode> => {
  const { id } = await findSecret(session, name);
  const value = onlyFingerprint ? {} : { value: await readSecretValue(file) };
  const result = await session.api.mutate(testSecret, { input: { id, ...value } });
  const verdict = { true: 'the same value\n', false: 'another value\n', null: '' }[`${result.isEqual}`];
  session.print({
    json: result,
    text: () => `${verdict}version ${result.version}, fingerprint ${result.fingerprint}\n`,
  });
  return result.isEqual === false ? EXIT_CODES.findings : EXIT_CODES.ok;
};
