import type { Json } from './json.ts';

/** Writes to the log of the run, at most 1,000 lines a call; granted secrets are replaced by `***`. */
export type Logger = {
  readonly debug: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly error: (message: string) => void;
};

/** Time as the platform has it; tests set their own. */
export type Clock = {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
  /** Resolves after that many milliseconds; rejects with the signal's reason when the call is canceled meanwhile. */
  readonly sleep: (ms: number) => Promise<void>;
};

/** Values of one span or metric, by name; text is cut at 200 characters. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** Measures a part of the work, and gives what the work gives. */
export type MeasureSpan = <T>(name: string, work: (span: Span) => T | Promise<T>, attributes?: Labels) => Promise<T>;

/** The part of the work that is measured right now; what is set after it ended is lost. */
export type Span = {
  /** Adds to what the span says of itself. */
  readonly set: (attributes: Labels) => void;
  /** Measures a part of this span, which becomes its child whatever else runs at the same time. */
  readonly span: MeasureSpan;
};

/** Counts and measures under names of the plugin's own, lower-case with `_` and dots, at most 100 in a process. */
export type PluginMetrics = {
  /** Adds to a counter. @default by 1 */
  readonly count: (name: string, by?: number, labels?: Labels) => void;
  /** Records one value of a distribution, in the unit that the name ends with: `parse_seconds`, `page_bytes`. */
  readonly record: (name: string, value: number, labels?: Labels) => void;
};

/**
 * Bytes that are kept beside a run and travel as a reference. Any step of the same tenant that gets the reference as its input may
 * read them.
 */
export type BlobReference = {
  readonly blob: string;
  readonly sizeBytes: number;
  readonly contentType: string;
};

/** Keeps what is too large for an output or is no JSON; needs the permission `blobs`. */
export type Blobs = {
  /**
   * Keeps bytes for later steps, as long as the run's log is kept.
   * @throws PluginError `IA_PLUGIN_BLOB_DENIED` without the permission `blobs`, `IA_PLUGIN_LIMIT` beyond 64 MiB
   */
  readonly put: (bytes: Uint8Array, options?: { readonly contentType?: string }) => Promise<BlobReference>;
  /**
   * Reads what a reference of this tenant stands for.
   * @throws PluginError `IA_PLUGIN_BLOB_DENIED` without the permission `blobs`, `IA_BLOB_MISSING` when it is not there any more
   */
  readonly get: (reference: BlobReference) => Promise<Uint8Array>;
};

/** Reaches the plugins that this one depends on. */
export type Plugins = {
  /**
   * Calls a step of a plugin that the manifest names under `dependencies`, in a process and with a grant of its own.
   *
   * @param uses package and step, `@community/geo#locate`
   * @throws PluginError what the other plugin threw, or `IA_PLUGIN_DEPENDENCY` when it is no dependency
   */
  readonly call: (uses: string, input: Json) => Promise<Json>;
};

/** Which attempt a call belongs to. */
export type TaskInfo = {
  readonly runId: string;
  readonly stepId: string;
  /** 1 for the first one. */
  readonly attempt: number;
};

/** What a contribution may use besides its input. Everything else of the machine is out of reach. */
export type PluginContext = {
  /** `fetch` that reaches the granted hosts only; any other host rejects with `IA_PLUGIN_NET_DENIED`. */
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** Aborted when the run is canceled or the attempt is out of time; the process is killed soon after. */
  readonly signal: AbortSignal;
  /** The granted secrets by name, for this call only. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same for every attempt of a task: pass it on, so that a retry has no second effect. */
  readonly idempotencyKey: string;
  readonly task: TaskInfo;
  readonly clock: Clock;
  readonly metrics: PluginMetrics;
  readonly blobs: Blobs;
  readonly plugins: Plugins;
  /** Reports how far the work is, from 0 to 1. Reports may be coalesced. */
  readonly progress: (fraction: number, message?: string) => void;
  /**
   * Adds to what this attempt has cost, in US dollars; the sum counts towards the run's `max_cost_usd`, also when the attempt
   * fails.
   * @throws RangeError when it is negative or no finite number
   */
  readonly cost: (usd: number) => void;
  /** Measures a part of the work as a span of the run's trace, right below the attempt; the span that `work` gets makes children. */
  readonly span: MeasureSpan;
};

/** What `init` and `health` of a plugin may use: there is no task yet. */
export type LifecycleContext = Pick<PluginContext, 'fetch' | 'logger' | 'signal' | 'secrets' | 'clock' | 'metrics'>;
