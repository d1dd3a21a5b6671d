import { type BuiltInPlugin, builtInReference } from '@ia-modules/built-in-plugins';
import type { PluginReference } from '@ia-modules/engine';
import { createPluginAdmission, type PluginAdmission } from '@ia-modules/plugin-admission';
import { type PluginGrant, PlatformError } from '@ia-modules/plugin-sdk';
import { createKeyRing, type KeyListener } from '@ia-modules/plugin-signatures';
import { listenTo } from '@ia-modules/runtime-postgres';
import type { Pool } from 'pg';
import { retry } from '../retry.ts';
import { createBuiltInStanding } from './built-in-standing.ts';

export type CodeAdmissionOptions = {
  readonly databaseUrl: string;
  /** Of the worker's role. */
  readonly pool: Pool;
  /** When there are any, no other keys count. */
  readonly trustedKeyIds: readonly string[];
};

type Asked<T> = { readonly tenantId: string; readonly plugin: T; readonly signal: AbortSignal };

/** Asked for every attempt before anything of a plugin is read or run. A database that does not answer is waited for. */
export type CodeAdmission = {
  /** @throws PlatformError see {@link PluginAdmission.admit}; all of them are for good */
  admitInstalled(asked: Asked<PluginReference>): Promise<PluginGrant>;
  /** What exactly runs. @throws PlatformError IA_PLUGIN_NOT_ALLOWED, IA_PLUGIN_ADVISORY, IA_PLUGIN_TAKEN_DOWN */
  admitBuiltIn(asked: Asked<BuiltInPlugin>): Promise<PluginReference>;
  readonly published: PluginAdmission;
  close(): Promise<void>;
};

/** Channels of the database that tell of blocks, signing keys and the rules of tenants. */
const CHANNELS = ['plugin_blocks', 'plugin_rules'] as const;

export const createCodeAdmission = ({ databaseUrl, pool, trustedKeyIds }: CodeAdmissionOptions): CodeAdmission => {
  const standing = createBuiltInStanding(pool);
  const bell = createBell(databaseUrl);
  bell.onRung(() => standing.forget());
  const keys = createKeyRing({
    pool,
    listener: bell.listener,
    ...(trustedKeyIds.length === 0 ? {} : { trustedKeyIds }),
  });
  const published = createPluginAdmission({ pool, keys });
  return {
    published,
    admitInstalled: ({ tenantId, plugin, signal }) => whenAnswered(signal, () => published.admit({ tenantId, plugin })),
    admitBuiltIn: async ({ tenantId, plugin, signal }) => {
      await whenAnswered(signal, () => standing.admit({ tenantId, plugin }));
      return await builtInReference(plugin);
    },
    close: async () => {
      await keys.close();
      await bell.close();
    },
  };
};

const whenAnswered = <T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> =>
  retry(
    {
      signal,
      maxAttempts: Number.POSITIVE_INFINITY,
      isTransient: (error) => !signal.aborted && !(error instanceof PlatformError),
    },
    ask,
  );

/** One connection for all that keep something in memory: each of them only wants to know that it may have changed. */
const createBell = (url: string) => {
  const listeners = new Set<() => void>();
  const close = listenTo({
    url,
    channels: CHANNELS,
    onNotified: () => {
      for (const ring of listeners) ring();
    },
  });
  const listener: KeyListener = {
    listen: (_channel, handler) => {
      const ring = (): void => handler('');
      listeners.add(ring);
      return Promise.resolve(() => {
        listeners.delete(ring);
        return Promise.resolve();
      });
    },
  };
  return { listener, close, onRung: (ring: () => void) => listeners.add(ring) };
};
