import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { can } from '@ia-modules/database';
import type { Pool } from 'pg';
import { runServer } from 'verdaccio';
import type { Caller } from './access/caller.ts';
import { COMMUNITY_SCOPE, PLATFORM_SCOPE } from './access/package-name.ts';
import { registryError } from './registry-error.ts';

/** Another registry, which reads of names are answered from that can never be ours. */
export type Uplink = Readonly<{
  /** Whether a name belongs there: it has no scope, or one that no tenant has or had. */
  isForeign(packageName: string): Promise<boolean>;
  serve(caller: Caller, request: IncomingMessage, response: ServerResponse): void;
  stop(): Promise<void>;
}>;

export type UplinkOptions = Readonly<{
  url: string;
  /** Whether callers without a token are served. */
  isPublic: boolean;
  pool: Pick<Pool, 'query'>;
}>;

const NAME = /^(?:@(?<scope>[a-z0-9][a-z0-9._~-]*)\/)?[a-z0-9][a-z0-9._~-]*$/;
const MAX_NAME_LENGTH = 214;
const OWN_SCOPES: ReadonlySet<string> = new Set([COMMUNITY_SCOPE, PLATFORM_SCOPE]);

/**
 * Boots a Verdaccio that does nothing but read from the other registry, with a folder of its own: what comes from there
 * never lies where our packages do, and its failures are its own.
 */
export async function bootUplink({ url, isPublic, pool }: UplinkOptions): Promise<Uplink> {
  const directory = await mkdtemp(join(tmpdir(), 'ia-uplink-'));
  const configPath = join(directory, 'verdaccio.yaml');
  const server = await runServer({
    configPath,
    self_path: configPath,
    storage: join(directory, 'storage'),
    auth: {},
    uplinks: { upstream: { url, cache: false, max_fails: 5, fail_timeout: '10s', timeout: '20s' } },
    packages: { '**': { access: ['$all'], publish: [], unpublish: [], proxy: ['upstream'] } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'fatal' },
  });

  return {
    isForeign: async (packageName) => {
      const match = packageName.length <= MAX_NAME_LENGTH ? NAME.exec(packageName) : null;
      const scope = match?.groups?.['scope'];
      if (match === null || scope === undefined) return match !== null;
      return !OWN_SCOPES.has(scope) && !(await isTenantScope(pool, scope));
    },
    serve: (caller, request, response) => {
      requireReader(caller, isPublic);
      // Our tokens are nobody else's business.
      delete request.headers.authorization;
      server.emit('request', request, response);
    },
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Asked each time: a tenant may be new, and then its names are its own at once. */
async function isTenantScope(pool: Pick<Pool, 'query'>, scope: string): Promise<boolean> {
  const { rows } = await pool.query<{ is_taken: boolean }>('SELECT is_tenant_scope($1) AS is_taken', [scope]);
  return rows[0]?.is_taken !== false;
}

function requireReader(caller: Caller, isPublic: boolean): void {
  if (isPublic || caller.kind === 'platform') return;
  if (caller.kind === 'token' && can(caller.principal, caller.principal.tenantId, 'plugin.read')) return;
  throw registryError([
    {
      code: 'IA_REGISTRY_UNAUTHENTICATED',
      message: 'Packages of other registries are served to holders of an API token with the scope PLUGINS_READ.',
      hint: 'Run `npm login`.',
    },
  ]);
}
