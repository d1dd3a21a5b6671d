import type { TrustedCall } from '../plugin-call.ts';
import { canceledError, timeoutError } from '../pool/call-errors.ts';

/** When a call in this process ends, whatever its code does. */
export type CallDeadline = {
  /** Aborted with what `passed` rejects with. */
  readonly signal: AbortSignal;
  /** Never resolves; rejects when the call is canceled or out of time. */
  readonly passed: Promise<never>;
  readonly stop: () => void;
};

export const createCallDeadline = ({ kind, name, plugin, signal, timeoutMs = Infinity }: TrustedCall): CallDeadline => {
  const what = `the ${kind} "${name}" of ${plugin.name}`;
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (error: Error): void => {
    controller.abort(error);
    reject(error);
  };
  const cancel = (): void => end(canceledError(what, signal));
  const limitMs = Math.min(timeoutMs, plugin.manifest.permissions.timeoutMs);
  const timer = setTimeout(() => end(timeoutError(what, limitMs)), limitMs);
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  promise.catch(() => {});
  return {
    signal: controller.signal,
    passed: promise,
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
};
