import type { Duplex } from 'node:stream';
import type { PluginContext } from './context.ts';

/** Where a socket shall lead. */
export type ConnectTarget = { readonly host: string; readonly port: number; readonly tls?: boolean };

/**
 * What the platform's own plugins get besides, which run in the process of the worker or of the command line. They may open sockets and
 * files, but only through these doors, which hold the same rules as `fetch`.
 */
export type TrustedContext = PluginContext & {
  readonly tenantId: string;
  readonly net: {
    /**
     * Connects to a host that was resolved, checked and pinned.
     * @throws PluginError `IA_PLUGIN_NET_DENIED` for private and reserved addresses that the operator did not allow
     */
    connect(target: ConnectTarget): Promise<Duplex>;
  };
  readonly files: {
    /**
     * The absolute path of a file below the tenant's own folder; on the command line, below the pipeline's. The folder above it is made
     * for whoever says that something is about to be written, which counts at once among what the tenant's files take.
     * @throws PluginError `IA_PLUGIN_FILE_DENIED` for a path that leads elsewhere, through a link too; `IA_PLUGIN_LIMIT` when the tenant
     *   has no room for what is to be written
     */
    resolve(path: string, writing?: { readonly toWriteBytes: number }): Promise<string>;
    /** Sets room aside for what grows by nobody knows how much: as much as is wanted, or what is left. */
    reserve(wantedBytes: number): Promise<FileRoom>;
  };
  readonly store: KeyValueStore;
  /** What only an operator can decide, such as `redisUrl` or `allowShell`, by name. */
  readonly settings: Readonly<Record<string, string>>;
};

/** Room of a tenant's files that nobody else gets until it is given back. */
export type FileRoom = {
  readonly bytes: number;
  readonly release: (usedBytes: number) => void;
};

/** Small values of a tenant that outlive a run. */
export type KeyValueStore = {
  /** Undefined when there is none, or its time is over. */
  get(key: string): Promise<string | undefined>;
  /** @throws PluginError `IA_PLUGIN_LIMIT` beyond 256 KiB a value or 10,000 values a tenant */
  set(
    key: string,
    value: string,
    options?: { readonly ttlMs?: number; readonly onlyIfAbsent?: boolean },
  ): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  /** Adds to a number that is stored as text, from 0; gives the sum. */
  add(key: string, by: number, options?: { readonly ttlMs?: number }): Promise<number>;
};

/** Gives the context of a call as a plugin has it whose manifest says `runtime: "trusted"`: the platform hands over nothing narrower then. */
export const trusted = (ctx: PluginContext): TrustedContext => ctx as TrustedContext;
