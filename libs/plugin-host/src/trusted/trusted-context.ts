import { createContext } from '@ia-modules/plugin-sdk/host';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { TrustedCall } from '../plugin-call.ts';
import { isDependency, noDependency } from '../pool/call-ports.ts';

/** The context of one call in this process, with what its manifest declares and no more. */
export const trustedContextOf = (call: TrustedCall, signal: AbortSignal): TrustedContext => {
  const { plugin, surroundings, tenantId, idempotencyKey, task, callPlugin } = call;
  const { onLog, onProgress, onCost, onSpan, onMetric } = call;
  const declared = new Set(plugin.manifest.permissions.secrets);
  const secrets = Object.entries(call.secrets ?? {}).filter(([name]) => declared.has(name));
  const context = createContext({
    fetch: (input, init) => surroundings.fetch(input, withSignal(init, input, signal)),
    signal,
    secrets: Object.fromEntries(secrets),
    idempotencyKey,
    task,
    onLog,
    onProgress,
    onCost,
    onSpan,
    onMetric,
    blobs: plugin.manifest.permissions.blobs ? call.blobs : undefined,
    callPlugin: async (uses, input, until) => {
      if (callPlugin === undefined || !isDependency(plugin, uses)) throw noDependency(uses);
      return await callPlugin(uses, input, until);
    },
  });
  const { net, files, store, settings } = surroundings;
  return { ...context, tenantId, net, files, store, settings };
};

/** No request outlives the call that made it. */
const withSignal = (
  init: RequestInit | undefined,
  input: Parameters<typeof fetch>[0],
  signal: AbortSignal,
): RequestInit => {
  const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  return { ...init, signal: own == null ? signal : AbortSignal.any([own, signal]) };
};
