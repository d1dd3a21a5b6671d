import type { ContributionKind, Json, Plugin, PluginGrant, PluginManifest, TaskInfo } from '@ia-modules/plugin-sdk';
import type { BlobPort, LogLine, MetricRecord, SpanRecord } from '@ia-modules/plugin-sdk/host';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { HttpTape, RecordExchange } from './net/http-tape.ts';
import type { RefusedRequest } from './net/refused-fetch.ts';

/** A plugin as it lies on this machine: unpacked, verified against its integrity, in a folder without links. */
export type InstalledPlugin = {
  readonly name: string;
  readonly version: string;
  /** SRI sha512 of the tarball. */
  readonly integrity: string;
  readonly directory: string;
  readonly manifest: PluginManifest;
};

/** A plugin of the platform's own, whose code runs in this process. */
export type TrustedPlugin = {
  readonly name: string;
  readonly version: string;
  readonly manifest: PluginManifest;
  readonly load: () => Promise<Plugin>;
};

/** One call of a contribution, wherever its code runs. */
export type PluginCall = {
  readonly tenantId: string;
  readonly kind: ContributionKind;
  /** Of the contribution. */
  readonly name: string;
  /** As the kind has it: a step's `with`, `{value, config}` of a validator … */
  readonly input: Json;
  /** Values by name; those that the manifest or the grant does not name are left out. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  readonly task: TaskInfo;
  readonly signal?: AbortSignal;
  /** Wall clock of the call; the manifest's `timeoutMs` holds when it is shorter. */
  readonly timeoutMs?: number;
  readonly onLog?: (line: LogLine) => void;
  readonly onProgress?: (fraction: number, message: string | undefined) => void;
  /** What the call has cost, in US dollars; several add up. */
  readonly onCost?: (usd: number) => void;
  readonly onSpan?: (span: SpanRecord) => void;
  readonly onMetric?: (metric: MetricRecord) => void;
  /** Without it, a plugin is told that there is nothing to keep bytes in. */
  readonly blobs?: BlobPort;
  /** Calls a step of a plugin that this one depends on. `uses` was checked against the manifest's dependencies. */
  readonly callPlugin?: (uses: string, input: Json, signal: AbortSignal) => Promise<Json>;
  /** How many calls of plugins stand around this one; `callPlugin` passes its caller's plus 1. At most 3. @default 0 */
  readonly depth?: number;
};

/** Whether requests go out, are written down as well, are answered from a tape, or are refused and told of. */
export type NetMode =
  | 'live'
  | { readonly record: RecordExchange }
  | { readonly replay: HttpTape }
  | { readonly refuse: (request: RefusedRequest) => void };

export type SandboxCall = PluginCall & {
  readonly plugin: InstalledPlugin;
  readonly grant: PluginGrant;
  /** @default 'live' */
  readonly net?: NetMode;
  /** For tests: when it is for the plugin, in milliseconds since 1970; time then passes only as it sleeps. @default the real time */
  readonly clock?: { readonly nowMs: number };
};

/** Asks a plugin whether it can work. */
export type HealthCall = Omit<
  SandboxCall,
  'kind' | 'name' | 'input' | 'idempotencyKey' | 'task' | 'blobs' | 'callPlugin' | 'clock'
>;

export type TrustedCall = PluginCall & {
  readonly plugin: TrustedPlugin;
  readonly surroundings: Pick<TrustedContext, 'fetch' | 'net' | 'files' | 'store' | 'settings'>;
};
