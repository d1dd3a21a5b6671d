import { type Json, PluginError } from '@ia-modules/plugin-sdk';
import type { BlobPort } from '@ia-modules/plugin-sdk/host';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import type { SandboxCall } from '../plugin-call.ts';

/** What one call may reach through the host, by its manifest and grant. */
export type CallPorts = {
  readonly fetch: GuardedFetch['fetch'];
  /** @throws PluginError `IA_PLUGIN_BLOB_DENIED` */
  readonly blobs: () => BlobPort;
  /** @throws PluginError `IA_PLUGIN_DEPENDENCY` */
  readonly callPlugin: (uses: string, input: Json, signal: AbortSignal) => Promise<Json>;
};

type Asking = Pick<SandboxCall, 'plugin' | 'grant' | 'blobs' | 'callPlugin'>;

export const portsOf = ({ plugin, grant, blobs, callPlugin }: Asking, fetch: GuardedFetch['fetch']): CallPorts => ({
  fetch,
  blobs: () => {
    if (blobs !== undefined && plugin.manifest.permissions.blobs && grant.blobs) return blobs;
    throw blobsDenied();
  },
  callPlugin: async (uses, input, signal) => {
    if (callPlugin === undefined || !isDependency(plugin, uses)) throw noDependency(uses);
    return await callPlugin(uses, input, signal);
  },
});

type Dependent = { readonly manifest: { readonly dependencies: Readonly<Record<string, string>> } };

/** Whether `uses` names a step of a package that the manifest depends on. */
export const isDependency = ({ manifest }: Dependent, uses: string): boolean => {
  const [name = '', step = '', ...rest] = uses.split('#');
  return step !== '' && rest.length === 0 && Object.hasOwn(manifest.dependencies, name);
};

export const noDependency = (uses: string): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: `${uses.slice(0, 300)} is no dependency of this plugin.`,
    hint: 'Name its package under iaModules.dependencies, and the step behind a #.',
  });

const blobsDenied = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_BLOB_DENIED',
    message: 'This plugin may neither keep nor read stored bytes.',
    hint: 'Declare permissions.blobs in the manifest, and grant it to the plugin.',
  });
