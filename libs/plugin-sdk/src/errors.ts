/**
 * Every error code of the platform with what it means: the one registry, from which docs/errors.md is generated.
 * A code is never reused for another meaning.
 */
export const ERROR_CODES = {
  // API
  IA_API_FORBIDDEN: 'The caller may not do this in this tenant.',
  IA_API_UNAUTHENTICATED: 'No valid session or API token came with the request.',
  IA_API_NOT_FOUND: 'There is nothing with this id that the caller can see.',
  IA_API_CONFLICT: 'The object changed since it was read, or the name is taken.',
  IA_API_INVALID: 'The input is not valid; the diagnostics say where.',
  IA_API_QUOTA: 'A limit of the tenant is reached.',
  // Configuration and platform
  IA_CONFIG_INVALID: 'A setting in the environment is missing or wrong.',
  IA_INTERNAL: 'A defect of the platform; the trace id leads to the log.',
  // Pipelines
  IA_PIPELINE_INVALID: 'The pipeline definition has errors; the diagnostics say where.',
  // Plugins
  IA_PLUGIN_CRASHED: 'The sandbox process of a plugin ended before it answered.',
  IA_PLUGIN_FAILED: 'The code of a plugin threw.',
  IA_PLUGIN_MANIFEST: 'The iaModules manifest of a package is missing or wrong.',
  IA_PLUGIN_NET_DENIED: 'A plugin asked for a host that it was not granted.',
  IA_PLUGIN_PROTOCOL: 'A plugin broke the sandbox protocol.',
  // Run time
  IA_RUNTIME_LEASE_LOST: 'Another worker holds the lease: this one may not write any more.',
  IA_RUNTIME_STOPPED: 'The runtime gave a run up because it shuts down; another worker continues it.',
  IA_TASK_FAILED: 'A step failed.',
  IA_TASK_TIMEOUT: 'An attempt did not end within its timeout.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** Who is at fault. */
export type Fault = 'user' | 'plugin' | 'infra' | 'bug';

/** What the runtime does next. */
export type Disposition = 'retry' | 'terminal' | 'canceled' | 'timeout' | 'pause';

export type ErrorInit = {
  readonly code: ErrorCode;
  readonly message: string;
  /** What the reader can do next. */
  readonly hint?: string | undefined;
  /** @default 'user' */
  readonly fault?: Fault | undefined;
  /** @default 'terminal' */
  readonly disposition?: Disposition | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
};

/** The base of every error that the platform throws on purpose. */
export class PlatformError extends Error {
  override readonly name: string = 'PlatformError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly fault: Fault;
  readonly disposition: Disposition;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(init: ErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.hint = init.hint;
    this.fault = init.fault ?? 'user';
    this.disposition = init.disposition ?? 'terminal';
    this.details = init.details;
  }
}
