import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import type { SandboxLevel } from '@ia-modules/plugin-host';

const SECRET_PREFIX = 'IA_SECRET_';

/** The secrets in the environment: `IA_SECRET_API_KEY` is `API_KEY`. */
export const readSecretVariables = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
      name.startsWith(SECRET_PREFIX) && value !== undefined ? [[name.slice(SECRET_PREFIX.length), value]] : [],
    ),
  );

/** Who works at this terminal. */
export const readUserName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
};

export type ConnectionVariables = {
  readonly apiUrl: string | undefined;
  readonly token: string | undefined;
  readonly tenantSlug: string | undefined;
};

/** Where the platform is and who asks; an empty variable counts as unset. */
export const readConnectionVariables = (): ConnectionVariables => ({
  apiUrl: process.env['IA_API_URL'] || undefined,
  token: process.env['IA_API_TOKEN'] || undefined,
  tenantSlug: process.env['IA_TENANT'] || undefined,
});

/** Where this program keeps what is the user's own. */
export const readConfigFolder = (): string => {
  const root = process.env['XDG_CONFIG_HOME'] || process.env['APPDATA'] || path.join(homedir(), '.config');
  return path.join(root, 'ia-modules');
};

/** What calls of a webhook are signed with. */
export const readWebhookSecret = (): string | undefined => process.env['IA_WEBHOOK_SECRET'] || undefined;

/** How packages are isolated that npm has installed. */
export const readSandboxLevel = (): SandboxLevel =>
  process.env['IA_SANDBOX_LEVEL'] === 'process' ? 'process' : 'caged';

/** What the operator of a platform would decide for its built-in plugins; here it is whoever calls the command. */
export const readPluginSettings = (): Readonly<Record<string, string>> => {
  const redisUrl = process.env['IA_REDIS_URL'];
  return { allowShell: 'true', ...(redisUrl ? { redisUrl } : {}) };
};

/** Folders with plugins, parted as in PATH. */
export const readPluginsPath = (): string => process.env['IA_PLUGINS_PATH'] ?? '';

/** Where plugins are published to; an empty variable counts as unset. */
export const readRegistryUrl = (): string | undefined => process.env['IA_REGISTRY_URL'] || undefined;

/** Where people look at the platform. */
export const readPortalUrl = (): string => process.env['IA_PORTAL_URL'] || 'http://localhost:3100';

/** The file of npm's settings that are the user's own. */
export const readUserNpmrc = (): string => process.env['NPM_CONFIG_USERCONFIG'] || path.join(homedir(), '.npmrc');
