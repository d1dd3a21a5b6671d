import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConnectionVariables } from '../config.ts';
import { UsageError } from '../usage-error.ts';
import { findStoredSession } from './stored-sessions.ts';

/** Where the platform is, who asks, and for which tenant. */
export type Connection = {
  readonly apiUrl: string;
  readonly token: string | undefined;
  /** Undefined: the only tenant that the token belongs to. */
  readonly tenantSlug: string | undefined;
};

export type ConnectionOptions = {
  readonly api?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tenant?: string;
  readonly json?: boolean;
};

const DEFAULT_API_URL = 'http://localhost:4100/graphql';

/** The options that every command has which asks the platform. */
export const addConnectionOptions = (command: Command): Command =>
  command
    .option('--api <url>', `the GraphQL endpoint (IA_API_URL, else ${DEFAULT_API_URL})`)
    .option('--token <token>', 'an API token; better kept in IA_API_TOKEN, since arguments show in process lists')
    .option('--token-file <file>', 'a file that holds the token')
    .option('--tenant <slug>', 'the tenant (IA_TENANT, else the only one that the token belongs to)')
    .option('--json', 'print JSON');

/**
 * Options come before variables, and the nearer form of the token before the farther one; last comes what `login` kept.
 * @throws UsageError for an address that is none, or a token that can't be sent
 */
export const readConnection = async (options: ConnectionOptions): Promise<Connection> => {
  if (options.token !== undefined && options.tokenFile !== undefined) {
    throw new UsageError('--token and --token-file exclude each other.');
  }
  const variables = readConnectionVariables();
  const fromFile = options.tokenFile === undefined ? undefined : await readTokenFile(options.tokenFile);
  const apiUrl = readApiUrl(options.api);
  return {
    apiUrl,
    token: checkToken(options.token ?? fromFile ?? variables.token) ?? (await findStoredSession(apiUrl)),
    tenantSlug: options.tenant ?? variables.tenantSlug,
  };
};

/** Where the platform is. @throws UsageError for an address that is none */
export const readApiUrl = (given: string | undefined): string =>
  checkUrl(given ?? readConnectionVariables().apiUrl ?? DEFAULT_API_URL);

const readTokenFile = async (file: string): Promise<string> => {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`The token file can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** An address without a path is the platform's. A wrong one may hold a password, so that it is not repeated. */
const checkUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`The address of the API must be an http or https URL such as ${DEFAULT_API_URL}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('The address of the API must hold no user name or password: use a token.');
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
};

const checkToken = (token: string | undefined): string | undefined => {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError('The API token is empty, or holds characters that no token has.');
};
