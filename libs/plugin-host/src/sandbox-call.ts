import type { Json, PluginGrant, PluginManifest } from '@ia-modules/plugin-sdk';

/** A plugin as it lies on this machine: unpacked, verified against its integrity, in a folder without links. */
export type InstalledPlugin = {
  readonly name: string;
  readonly version: string;
  /** SRI sha512 of the tarball. */
  readonly integrity: string;
  readonly directory: string;
  readonly manifest: PluginManifest;
};

export type LogLine = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };

export type SandboxCall = {
  readonly tenantId: string;
  readonly plugin: InstalledPlugin;
  readonly grant: PluginGrant;
  readonly step: string;
  readonly input: Json;
  /** Values by name; those that the manifest or the grant does not name are left out. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
  readonly signal?: AbortSignal;
  /** Wall clock of the call; the manifest's `timeoutMs` holds when it is shorter. */
  readonly timeoutMs?: number;
  readonly onLog?: (line: LogLine) => void;
  readonly onProgress?: (fraction: number, message: string | undefined) => void;
  /** What the call has cost, in US dollars; several add up. */
  readonly onCost?: (usd: number) => void;
};
