import type { IncomingMessage, ServerResponse } from 'node:http';
import { decideRead } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import { registryError, toHttpError } from '../registry-error.ts';

/** What the plugin needs from the registry; handed over in Verdaccio's configuration, since Verdaccio makes the instance. */
export type PluginServices = Readonly<{
  callerOf: (request: IncomingMessage) => Caller;
  /** Goes on in the name of a response. */
  duringResponse: (response: ServerResponse, next: () => void) => void;
}>;

/** Verdaccio's idea of who asks, with ours in it. */
type RemoteUser = { readonly name: string | undefined; readonly groups: readonly string[]; readonly caller: Caller };
type Verdict = (error: Error | null, isAllowed?: boolean) => void;
type RequestWithUser = IncomingMessage & { remote_user?: RemoteUser };
type Application = {
  use(handle: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): void;
};
type ResponseWithLocals = ServerResponse & { locals: { remote_user?: RemoteUser } };

/** Lets Verdaccio serve packages to those who may see them. Writes never reach Verdaccio's own routes. */
class PlatformPlugin {
  readonly #services: PluginServices;

  constructor(config: { readonly services: () => PluginServices }) {
    this.#services = config.services();
  }

  apiJWTmiddleware(): (request: RequestWithUser, response: ResponseWithLocals, next: () => void) => void {
    return (request, response, next) => {
      const caller = this.#services.callerOf(request);
      const user: RemoteUser = { name: nameOf(caller), groups: [], caller };
      request.remote_user = user;
      response.locals.remote_user = user;
      next();
    };
  }

  authenticate(_user: string, _password: string, verdict: Verdict): void {
    verdict(null, false);
  }

  allow_access(user: RemoteUser, target: { readonly name: string }, verdict: Verdict): void {
    const decision = decideRead(user.caller, target.name);
    if (decision.ok) verdict(null, true);
    else verdict(toHttpError(registryError(decision.problems)));
  }

  allow_publish(_user: RemoteUser, _target: unknown, verdict: Verdict): void {
    verdict(
      toHttpError(registryError([{ code: 'IA_REGISTRY_UNSUPPORTED', message: 'This way of writing is closed.' }])),
    );
  }

  allow_unpublish(user: RemoteUser, target: unknown, verdict: Verdict): void {
    this.allow_publish(user, target, verdict);
  }

  register_middlewares(app: Application): void {
    app.use((_request, response, next) => this.#services.duringResponse(response, next));
  }
}

function nameOf(caller: Caller): string | undefined {
  if (caller.kind === 'token') return caller.principal.tenantSlug;
  return caller.kind === 'platform' ? 'platform' : undefined;
}

// oxlint-disable-next-line import/no-default-export -- Verdaccio loads a plugin by its default export
export default PlatformPlugin;
