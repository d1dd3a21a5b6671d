import { isJsonObject } from './bounded-json.ts';
import { parsePackageName } from '../access/package-name.ts';
import { registryError } from '../registry-error.ts';

/**
 * Who may read a package is told by its scope. Whoever asks for something else with `npm publish --access` is refused, so
 * that nobody publishes to everyone what was meant for few.
 *
 * @throws {PlatformError} IA_REGISTRY_REQUEST
 */
export function requireMeantAccess(packageName: string, body: unknown): void {
  const name = parsePackageName(packageName);
  const access = isJsonObject(body) ? body['access'] : undefined;
  if (name === null || typeof access !== 'string') return;
  const isPublic = name.visibility === 'public';
  if (access === (isPublic ? 'public' : 'restricted')) return;
  throw registryError([
    {
      code: 'IA_REGISTRY_REQUEST',
      message: isPublic
        ? `Packages under @${name.scope} are for everyone: they can not be published with --access ${access.slice(0, 20)}.`
        : `Packages under @${name.scope} are for members of the tenant: they can not be published with --access ${access.slice(0, 20)}.`,
      hint: isPublic
        ? 'Publish under the scope of your tenant what only its members may read.'
        : 'Publish under @community what everyone may read, or leave --access out.',
    },
  ]);
}
