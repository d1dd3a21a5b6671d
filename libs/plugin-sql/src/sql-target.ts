import { PluginError } from '@ia-modules/plugin-sdk';

export type PostgresTarget = {
  readonly kind: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly hasTls: boolean;
  /** A certificate (PEM) to trust instead of the public ones. */
  readonly ca: string | undefined;
};
export type SqliteTarget = { readonly kind: 'sqlite'; readonly path: string };
export type SqlTarget = PostgresTarget | SqliteTarget;

export const MEMORY = ':memory:';

type Written = { readonly connection: string; readonly ca?: string | undefined };

/**
 * Reads `postgres://user:password@host:port/database` or `sqlite:path`. Nothing of it is left to the environment of this process.
 * @throws PluginError which never repeats what was written
 */
export const readTarget = ({ connection, ca }: Written): SqlTarget => {
  if (connection.startsWith('sqlite:')) {
    const path = connection.slice('sqlite:'.length);
    if (path === '') throw notValid('The path of the SQLite file is missing.');
    return { kind: 'sqlite', path };
  }
  const url = URL.parse(connection);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol))
    throw notValid('The connection is neither postgres:// nor sqlite:.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decode(url.username);
  if (host === '' || user === '') throw notValid('The connection needs a host and a user.');
  const sslMode = url.searchParams.get('sslmode') ?? 'verify-full';
  return {
    kind: 'postgres',
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    database: decode(url.pathname.slice(1)) || user,
    user,
    password: decode(url.password),
    hasTls: sslMode !== 'disable',
    ca,
  };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notValid('The connection has a % that starts no character.');
  }
};

const notValid = (message: string): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_INPUT',
    message,
    hint: 'Write postgres://user:password@host:5432/database, or sqlite:folder/file.db.',
  });
