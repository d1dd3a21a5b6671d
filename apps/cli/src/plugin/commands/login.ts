import path from 'node:path';
import type { CommandRegistration } from '../../commands/registration.ts';
import { login } from '../../commands/sign-in/sign-in.ts';
import { readUserNpmrc } from '../../config.ts';
import { given, wholeNumber } from '../../platform/argument-values.ts';
import { type ConnectionOptions, readConnection } from '../../platform/connection.ts';
import { createToken } from '../../platform/documents/access-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { registrySettings, writeNpmrc } from '../publish/npmrc.ts';
import { registryAddress } from '../publish/registry-address.ts';

type LoginOptions = ConnectionOptions & {
  readonly registry?: string;
  readonly project?: boolean;
  readonly expiresIn: number;
};

const COMMUNITY_SCOPE = 'community';
const DAY_MS = 24 * 3_600_000;
const TOKEN_SCOPES = ['PLUGINS_PUBLISH', 'PLUGINS_READ'];

/** `ia-plugin login`: signs in at the platform, and makes npm able to publish to its registry. */
export const addLoginCommand = (registration: CommandRegistration): void => {
  platformCommand(
    registration.program,
    'login',
    'Make an API token that may publish, and write it into .npmrc for npm.',
  )
    .option('--registry <url>', 'the registry (IA_REGISTRY_URL, else http://localhost:4873)')
    .option('--project', 'write the .npmrc of this folder instead of that of the user')
    .option('--expires-in <days>', 'when the token ends', wholeNumber(1, 3650), 90)
    .action(async (...received: unknown[]) => {
      const options = received[0] as LoginOptions;
      const { apiUrl, token } = await readConnection(options);
      if (token === undefined && options.json !== true) await login(apiUrl, registration.terminal);
      await withSession<LoginOptions>(registration, issueToken)(...received);
    });
};

const issueToken = async (session: PlatformSession, options: LoginOptions): Promise<void> => {
  const registry = registryAddress(options.registry);
  const { id: tenantId, slug } = await session.tenant();
  const expiresAt = new Date(Date.now() + options.expiresIn * DAY_MS).toISOString();
  const input = given({ tenantId, name: 'ia-plugin login', scopes: [...TOKEN_SCOPES], expiresAt });
  const { token, apiToken } = await session.api.mutate(createToken, { input });
  const file = options.project === true ? path.resolve('.npmrc') : readUserNpmrc();
  const scopes = [COMMUNITY_SCOPE, slug];
  await writeNpmrc(file, registrySettings({ registry, token, scopes }));
  session.print({
    json: { registry, file, scopes, tenant: slug, apiToken },
    text: () =>
      `npm publishes @${scopes.join(' and @')} to ${registry} as ${slug}; the token is in ${file} and ends ${expiresAt}.\n`,
  });
};
