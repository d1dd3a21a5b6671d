import { type ErrorCode, PlatformError } from './errors.ts';

/** What a plugin says of its failure; runs, retries and people see it. */
export type PluginErrorInit = {
  readonly message: string;
  /** What a step's `retry.on` names. @default what the code is known as: ValidationError, LimitError, NetworkError; otherwise PluginError */
  readonly name?: string;
  /** Whether another attempt may succeed. @default false */
  readonly retryable?: boolean;
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

const NAMES: Readonly<Partial<Record<ErrorCode, string>>> = {
  IA_PLUGIN_INPUT: 'ValidationError',
  IA_PLUGIN_LIMIT: 'LimitError',
  IA_PLUGIN_NET_FAILED: 'NetworkError',
};

/**
 * Fails a step on purpose: the attempt ends, and `retryable` says whether the step's retry policy may try again.
 *
 * @example
 * throw new PluginError({ message: 'The city is unknown.', hint: 'Use an ISO 3166 code.' });
 */
export class PluginError extends PlatformError {
  override readonly name: string;
  readonly retryable: boolean;

  constructor(init: PluginErrorInit) {
    super({
      code: init.code ?? 'IA_PLUGIN_FAILED',
      message: init.message,
      hint: init.hint,
      fault: 'plugin',
      disposition: init.retryable === true ? 'retry' : 'terminal',
      details: init.details,
      cause: init.cause,
    });
    this.name = init.name ?? NAMES[this.code] ?? 'PluginError';
    this.retryable = init.retryable ?? false;
  }
}

/** Makes an error that retry policies know as `NetworkError` and may retry: connection refused, reset, DNS, a dropped body. */
export const networkError = (message: string, cause?: unknown): PluginError =>
  new PluginError({ message, retryable: true, code: 'IA_PLUGIN_NET_FAILED', cause });
