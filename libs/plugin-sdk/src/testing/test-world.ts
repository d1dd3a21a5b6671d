import type { BlobReference, Clock } from '../context.ts';
import type { ContributionKind } from '../contribution.ts';
import type { Plugin } from '../define-plugin.ts';
import type { PluginGrant, PluginManifest } from '../manifest.ts';
import type { FakeClock } from './fake-clock.ts';
import type { HttpTape } from './http-tape.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import type { TestOutcome, TestResult } from './test-outcome.ts';
import type { ValueChecks } from './value-checks.ts';

/** Where answers to requests come from; without it, every request fails as one that is on no tape. */
export type TestHttp = { readonly tape: HttpTape } | { readonly record: true };

/** What one call has, or every call of a platform unless it has its own. */
export type RunOptions = {
  /** Values by name; those that the manifest or the grant does not name are left out. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** @default the real one */
  readonly clock?: Clock | FakeClock;
  readonly http?: TestHttp;
  /** Needed where contributions of several kinds have the name. */
  readonly kind?: ContributionKind;
  /** @default 'test-key' */
  readonly idempotencyKey?: string;
  /** @default 1 */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  /** Wall clock of the call; the manifest's `timeoutMs` holds when it is shorter. */
  readonly timeoutMs?: number;
};

/** The plugin under test, and what it is allowed. */
export type TestPlatformInit = Pick<RunOptions, 'secrets' | 'clock' | 'http'> & {
  readonly plugin: Plugin;
  /** The plugin's package.json, read and parsed. Without one, the manifest is made of what the code says of itself. */
  readonly packageJson?: unknown;
  /** Instead of a package.json. */
  readonly manifest?: PluginManifest;
  /** @default all that the manifest asks for */
  readonly grant?: Partial<PluginGrant>;
  /** The plugins that it may call, by package. */
  readonly dependencies?: Readonly<Record<string, TestPlatform>>;
};

/** Runs a plugin in this process by the rules of the platform. */
export type TestPlatform = {
  readonly manifest: PluginManifest;
  /**
   * Calls a contribution, and gives its output with all that it did.
   *
   * @param input a step's `with`, `{value, config}` of a validator or transform, `{parameters, step, config}` of a condition …
   * @throws PlatformError what the platform would make of a failure: `IA_PLUGIN_INPUT`, `IA_PLUGIN_OUTPUT`, what the plugin threw …
   */
  readonly run: (name: string, input: unknown, options?: RunOptions) => Promise<TestResult>;
  /** The same, with a failure as a value beside all that was done before it. */
  readonly attempt: (name: string, input: unknown, options?: RunOptions) => Promise<TestOutcome>;
  /** Keeps bytes, for a reference that an input can have. */
  readonly putBlob: (bytes: Uint8Array, contentType?: string) => BlobReference;
  /** Asks the plugin whether it can work; it throws when not. */
  readonly health: (options?: Pick<RunOptions, 'secrets' | 'clock' | 'http'>) => Promise<void>;
  /** Lets the plugin end what it holds. */
  readonly close: () => Promise<void>;
};

/** What all calls of one platform have in common. */
export type TestWorld = {
  readonly plugin: Plugin;
  readonly name: string;
  readonly version: string;
  readonly manifest: PluginManifest;
  readonly grant: PluginGrant;
  readonly dependencies: Readonly<Record<string, TestPlatform>>;
  readonly blobs: MemoryBlobs;
  /** By kind and name: making one takes longer than most calls. */
  readonly checks: Map<string, ValueChecks>;
  /** Settled when the plugin's `init` is; undefined before the first call, and after one that failed. */
  ready: Promise<void> | undefined;
};

export type CallRequest = { readonly name: string; readonly input: unknown; readonly options: RunOptions };
