import { can, type Database, withTenant } from '@ia-modules/database';
import { decideRead } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import { parsePackageName } from '../access/package-name.ts';
import type { Problem } from '../problem.ts';
import { registryError } from '../registry-error.ts';

const MAX_PACKAGES = 1_000;

/** What npm shows of who asks, and of what is theirs. */
export type NpmAccount = Readonly<{
  whoami(caller: Caller): object;
  packagesOf(caller: Caller, owner: string): Promise<object>;
  visibility(caller: Caller, packageName: string): object;
}>;

export function createNpmAccount(database: Database): NpmAccount {
  return {
    whoami: (caller) => ({ username: principalOf(caller).tenantSlug }),
    packagesOf: (caller, owner) => packagesOf(database, caller, owner),
    visibility: (caller, packageName) => {
      const decision = decideRead(caller, packageName);
      if (!decision.ok) throw registryError(decision.problems);
      return { public: parsePackageName(packageName)?.visibility === 'public' };
    },
  };
}

async function packagesOf(database: Database, caller: Caller, owner: string): Promise<object> {
  const principal = principalOf(caller);
  const { tenantId, tenantSlug } = principal;
  if (owner.replace(/^@/, '') !== tenantSlug) {
    throw registryError([
      { code: 'IA_REGISTRY_NOT_FOUND', message: `This token sees the packages of ${tenantSlug} alone.` },
    ]);
  }
  const access = can(principal, tenantId, 'plugin.publish') ? 'write' : 'read';
  const plugins = await withTenant(database, tenantId, (tx) =>
    tx.plugin.findMany({ where: { tenantId }, select: { name: true }, orderBy: { name: 'asc' }, take: MAX_PACKAGES }),
  );
  return Object.fromEntries(plugins.map(({ name }) => [name, access]));
}

function principalOf(caller: Caller) {
  if (caller.kind === 'token') return caller.principal;
  throw registryError([{ code: 'IA_REGISTRY_UNAUTHENTICATED', message: 'This needs an API token of the platform.' }]);
}

const ELSEWHERE: Readonly<Record<'tokens' | 'account' | 'access', Problem>> = {
  tokens: {
    code: 'IA_REGISTRY_ELSEWHERE',
    message: 'API tokens are made, listed and revoked in the portal.',
    hint: 'Or run `npm login`, `npm logout`.',
  },
  account: {
    code: 'IA_REGISTRY_ELSEWHERE',
    message: 'People, their roles and their profiles are kept in the portal.',
    hint: 'A package belongs to a tenant, not to persons: every developer of the tenant may publish it.',
  },
  access: {
    code: 'IA_REGISTRY_ELSEWHERE',
    message: 'The scope of a package tells who may read it: everyone under @community, members under @<tenant>.',
    hint: 'A package belongs to the tenant that published it first; roles are given in the portal.',
  },
};

/** Where to do what npm has a command for and the registry does not. */
export function elsewhere(what: keyof typeof ELSEWHERE): Error {
  return registryError([ELSEWHERE[what]]);
}
