import { unauthenticated } from '../../platform/api-failure.ts';
import { createApiClient } from '../../platform/api-client.ts';
import { readApiUrl } from '../../platform/connection.ts';
import { awaitSession, endSession, requestDeviceCode } from '../../platform/device-sign-in.ts';
import { type Viewer, whoIsAsking } from '../../platform/documents/viewer-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import { findStoredSession, forgetSession, storeSession } from '../../platform/stored-sessions.ts';
import { printable } from '../../printable.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';

type AddressOptions = { readonly api?: string };

const readViewer = async (apiUrl: string, token: string): Promise<Viewer> => {
  const { viewer } = await createApiClient({ apiUrl, token, tenantSlug: undefined }).query(whoIsAsking);
  if (viewer === null) throw unauthenticated('The session that the platform gave is none.');
  return viewer;
};

/** Lets a person sign in somewhere else, and keeps the session for this address. */
export const login = async (apiUrl: string, terminal: Terminal): Promise<void> => {
  const code = await requestDeviceCode(apiUrl);
  terminal.write(
    `Open ${printable(code.verification_uri)} and enter the code ${terminal.style('bold', printable(code.user_code))}\n` +
      `or open ${printable(code.verification_uri_complete)}\n` +
      'Let in nobody who has sent you a code: it is for what you have started yourself.\n',
  );
  const token = await awaitSession(apiUrl, code);
  const { user } = await readViewer(apiUrl, token);
  await storeSession(apiUrl, token);
  terminal.write(`Signed in to ${apiUrl} as ${printable(user?.email ?? 'nobody')}.\n`);
};

const logout = async (apiUrl: string, terminal: Terminal): Promise<void> => {
  const token = await findStoredSession(apiUrl);
  if (token === undefined) {
    terminal.write(`Not signed in to ${apiUrl}.\n`);
    return;
  }
  // Whatever the platform says: on this machine it is over.
  await forgetSession(apiUrl);
  await endSession(apiUrl, token);
  terminal.write(`Signed out of ${apiUrl}.\n`);
};

const formatViewer = ({ user, apiToken, tenants }: Viewer, style: Terminal['style']): string => {
  const who =
    user === null ? `API token ${apiToken?.name ?? ''} ${apiToken?.prefix ?? ''}` : `${user.name} <${user.email}>`;
  const rows = tenants.map(({ role, tenant }) => [tenant.slug, printable(tenant.name), role]);
  return (
    formatFields([['signed in as', printable(who)]], style) +
    formatTable({ titles: ['tenant', 'name', 'role'], rows }, style)
  );
};

const addressCommand = (
  { program, terminal }: CommandRegistration,
  { name, description, work }: { name: string; description: string; work: typeof login },
): void => {
  program
    .command(name)
    .description(description)
    .option('--api <url>', 'the GraphQL endpoint (IA_API_URL, else that of this machine)')
    .action(({ api }: AddressOptions) => work(readApiUrl(api), terminal));
};

/** `ia-modules login`, `logout` and `whoami`. */
export const addSignInCommands = (registration: CommandRegistration): void => {
  addressCommand(registration, {
    name: 'login',
    description: 'Sign in as a person: another program, a browser, lets this one in. IA_API_TOKEN still comes first.',
    work: login,
  });
  addressCommand(registration, { name: 'logout', description: 'End the session that login has kept.', work: logout });
  platformCommand(registration.program, 'whoami', 'Show who asks, and for which tenants.').action(
    withSession<object>(registration, async ({ api, print, terminal }) => {
      const { viewer } = await api.query(whoIsAsking);
      if (viewer === null) throw unauthenticated('Nobody is signed in.');
      print({ json: viewer, text: () => formatViewer(viewer, terminal.style) });
    }),
  );
};
