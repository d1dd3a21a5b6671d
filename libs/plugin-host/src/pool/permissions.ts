import { matchesNetPattern } from '@ia-modules/plugin-sdk';
import type { SandboxCall } from '../plugin-call.ts';

type Granted = Pick<SandboxCall, 'tenantId' | 'plugin' | 'grant'>;

/** Calls with equal keys may share a process; whatever a module remembers stays within tenant, tarball and grant. */
export const processKey = ({ tenantId, plugin, grant }: Granted): string =>
  JSON.stringify([
    tenantId,
    plugin.name,
    plugin.version,
    plugin.integrity,
    plugin.directory,
    grant.net.toSorted(),
    grant.secrets.toSorted(),
    grant.blobs,
  ]);

/** A host must be named by the manifest and by the grant. */
export const isNetGranted =
  ({ plugin, grant }: Granted) =>
  (host: string, port: number): boolean =>
    [plugin.manifest.permissions.net, grant.net].every((patterns) =>
      patterns.some((pattern) => matchesNetPattern(pattern, host, port)),
    );

/** The values that both the manifest and the grant name. */
export const permittedSecrets = ({
  plugin,
  grant,
  secrets = {},
}: Granted & Pick<SandboxCall, 'secrets'>): Readonly<Record<string, string>> => {
  const declared = new Set(plugin.manifest.permissions.secrets);
  const names = grant.secrets.filter((name) => declared.has(name) && Object.hasOwn(secrets, name));
  return Object.fromEntries(names.map((name) => [name, secrets[name] ?? '']));
};
