import { PluginError } from '@ia-modules/plugin-sdk';
import type { Scrub } from '../scrub.ts';
import type { GuardedFetch } from './guarded-fetch.ts';

/** A request that a plugin would have made: of its address only what leads to the host. */
export type RefusedRequest = { readonly method: string; readonly origin: string };

/**
 * Makes no request at all, and tells the sink of each that was wanted.
 *
 * The fetch throws PluginError `IA_PLUGIN_NET_DENIED`, whether the host is granted or not.
 */
export const refuseFetch =
  (onRefused: (request: RefusedRequest) => void, scrub: Scrub): GuardedFetch['fetch'] =>
  async (input, init) => {
    const { method, url } = new Request(input, init);
    const refused = { method, origin: scrub(new URL(url).origin) };
    onRefused(refused);
    throw new PluginError({
      code: 'IA_PLUGIN_NET_DENIED',
      name: 'NetDeniedError',
      message: `There is no network here: ${refused.method} ${refused.origin} was not called.`,
      hint: 'What the plugin gives without an answer from there is all that can be seen.',
    });
  };
