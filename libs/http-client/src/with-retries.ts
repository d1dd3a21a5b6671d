import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';

export type RetryPolicy = {
  /** The first one counts. */
  readonly maxAttempts: number;
  readonly delayMs: number;
  /** Also bounds what a server asks for; one that asks for more is not asked again. */
  readonly maxDelayMs: number;
  readonly isRetryable: (error: PluginError) => boolean;
};

/** Tries again within one attempt of a task, after as long as the server asked for, or twice as long each time. */
export const withRetries = async <T>(
  ctx: PluginContext,
  policy: RetryPolicy,
  attempt: (number: number) => Promise<T>,
): Promise<T> => {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!(error instanceof PluginError) || number >= policy.maxAttempts || !policy.isRetryable(error)) throw error;
      const delayMs = delayOf(error, number, policy);
      if (delayMs === undefined) throw error;
      ctx.logger.warn(`${error.message}; try ${number + 1} of ${policy.maxAttempts} follows in ${delayMs} ms`);
      await ctx.clock.sleep(delayMs);
    }
  }
};

const delayOf = (error: PluginError, number: number, { delayMs, maxDelayMs }: RetryPolicy): number | undefined => {
  const asked = error.details?.['retry_after_ms'];
  if (typeof asked === 'number') return asked <= maxDelayMs ? asked : undefined;
  const full = Math.min(delayMs * 2 ** (number - 1), maxDelayMs);
  return Math.round(full / 2 + (Math.random() * full) / 2);
};
