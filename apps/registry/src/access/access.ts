import { can } from '@ia-modules/database';
import type { Caller, TokenPrincipal } from './caller.ts';
import { COMMUNITY_SCOPE, PLATFORM_SCOPE, parsePackageName } from './package-name.ts';
import { type Checked, accepted, refused } from '../problem.ts';

const UNAUTHENTICATED = {
  code: 'IA_REGISTRY_UNAUTHENTICATED',
  message: 'This needs an API token of the platform.',
  hint: 'Create one in the portal and put it into your .npmrc as //<registry host>/:_authToken=<token>.',
} as const;

const NOT_FOUND = { code: 'IA_REGISTRY_NOT_FOUND', message: 'There is no such package.' } as const;

/** Decides who may read a package. A private package does not exist for those who may not see it. */
export function decideRead(caller: Caller, packageName: string): Checked<true> {
  const name = parsePackageName(packageName);
  if (name === null) return refused(NOT_FOUND);
  if (name.visibility === 'public' || caller.kind === 'platform') return accepted(true);
  if (caller.kind === 'anonymous') return refused(UNAUTHENTICATED);
  const { principal } = caller;
  if (principal.tenantSlug !== name.scope) return refused(NOT_FOUND);
  const mayRead =
    can(principal, principal.tenantId, 'plugin.read') || can(principal, principal.tenantId, 'plugin.publish');
  return mayRead
    ? accepted(true)
    : refused({
        code: 'IA_REGISTRY_FORBIDDEN',
        message: 'This token may not read plugins.',
        hint: 'It needs the scope PLUGINS_READ.',
      });
}

/**
 * Decides who may publish or change a package, as far as its name tells. Who owns a name under `@community` is for the
 * catalogue to say.
 */
export function decidePublish(caller: Caller, packageName: string): Checked<TokenPrincipal> {
  if (caller.kind === 'anonymous') return refused(UNAUTHENTICATED);
  if (caller.kind === 'platform') return forbidden('The platform itself does not publish.');
  const { principal } = caller;
  const ownScopes = `Name the package @${principal.tenantSlug}/… or @${COMMUNITY_SCOPE}/….`;
  const name = parsePackageName(packageName);
  if (name === null) {
    return forbidden('Only scoped, lower-case names can be published.', ownScopes);
  }
  const isPlatform = principal.tenantSlug === PLATFORM_SCOPE;
  if (name.scope === PLATFORM_SCOPE && !isPlatform) {
    return forbidden(`The scope @${PLATFORM_SCOPE} is reserved.`, ownScopes);
  }
  if (name.scope !== COMMUNITY_SCOPE && name.scope !== principal.tenantSlug) {
    return forbidden(`The scope @${name.scope} belongs to another tenant.`, ownScopes);
  }
  return can(principal, principal.tenantId, 'plugin.publish')
    ? accepted(principal)
    : forbidden(
        'This token may not publish.',
        'It needs the scope PLUGINS_PUBLISH, and its creator the developer role.',
      );
}

function forbidden(message: string, hint?: string): Checked<never> {
  return refused({ code: 'IA_REGISTRY_FORBIDDEN', message, hint });
}
