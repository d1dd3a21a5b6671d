import { checkedCost } from '../checked-cost.ts';
import type { PluginContext } from '../context.ts';
import { PluginError } from '../plugin-error.ts';
import type { ContextPorts, LogLine } from './context-ports.ts';
import { measureSpans } from './measure-spans.ts';
import { shortened } from './shortened.ts';
import { createSystemClock } from './system-clock.ts';

const MAX_BLOB_BYTES = 64 * 1024 * 1024;

/** Makes the context of one call, for code that runs in this process. */
export const createContext = (ports: ContextPorts): PluginContext => {
  const { fetch, signal, secrets, idempotencyKey, task } = ports;
  const logAs = (level: LogLine['level']) => (message: unknown) => ports.onLog?.({ level, message: String(message) });
  const clock = ports.clock ?? createSystemClock(signal);
  return {
    fetch,
    signal,
    secrets,
    idempotencyKey,
    task,
    clock,
    logger: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    metrics: {
      count: (name, by = 1, labels = {}) =>
        ports.onMetric?.({ kind: 'counter', name, value: finite(by), labels: shortened(labels) }),
      record: (name, value, labels = {}) =>
        ports.onMetric?.({ kind: 'histogram', name, value: finite(value), labels: shortened(labels) }),
    },
    blobs: createBlobs(ports),
    plugins: {
      call: async (uses, input) => {
        if (ports.callPlugin !== undefined) return await ports.callPlugin(uses, input, signal);
        throw new PluginError({
          code: 'IA_PLUGIN_DEPENDENCY',
          message: `${uses} is no dependency of this plugin.`,
          hint: 'Name its package under iaModules.dependencies.',
        });
      },
    },
    progress: (fraction, message) => {
      if (Number.isFinite(fraction)) ports.onProgress?.(Math.min(Math.max(fraction, 0), 1), message);
    },
    cost: (usd) => ports.onCost?.(checkedCost(usd)),
    span: measureSpans(clock, ports.onSpan),
  };
};

const finite = (value: number): number => {
  if (Number.isFinite(value)) return value;
  throw new RangeError('A metric takes finite numbers.');
};

const createBlobs = ({ blobs, signal }: ContextPorts): PluginContext['blobs'] => ({
  put: async (bytes, { contentType = 'application/octet-stream' } = {}) => {
    if (blobs === undefined) throw blobsDenied();
    if (bytes.byteLength <= MAX_BLOB_BYTES) return await blobs.put(bytes, contentType, signal);
    throw new PluginError({
      code: 'IA_PLUGIN_LIMIT',
      message: `${bytes.byteLength} bytes are more than the ${MAX_BLOB_BYTES} that one blob may have.`,
    });
  },
  get: async (reference) => {
    if (blobs === undefined) throw blobsDenied();
    return await blobs.get(reference, signal);
  },
});

const blobsDenied = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_BLOB_DENIED',
    message: 'This plugin may neither keep nor read stored bytes.',
    hint: 'Declare permissions.blobs in the manifest, and grant it to the plugin.',
  });
