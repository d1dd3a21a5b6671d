import type { PluginCall } from '@ia-modules/plugin-host';
import { type Metrics, startCallTrace } from '@ia-modules/telemetry';

export type ObservedCall = {
  readonly metrics: Metrics;
  readonly plugin: string;
  readonly call: Pick<PluginCall, 'tenantId' | 'kind' | 'name' | 'task'> & { readonly depth: number };
};

type Sinks = Required<Pick<PluginCall, 'onSpan' | 'onMetric'>>;

/** Measures a call for the operator, with what the plugin measures and traces by itself. */
export const observeCall = async <T>(
  { metrics, plugin, call }: ObservedCall,
  work: (sinks: Sinks) => Promise<T>,
): Promise<T> => {
  const { tenantId, kind, name, task, depth } = call;
  const startedAt = performance.now();
  const trace = startCallTrace({
    name: `plugin ${kind}`,
    attributes: {
      'ia.tenant.id': tenantId,
      'ia.run.id': task.runId,
      'ia.step.id': task.stepId,
      'ia.attempt': task.attempt,
      'ia.plugin': plugin,
      'ia.contribution': name,
      'ia.depth': depth,
    },
  });
  const end = (status: 'succeeded' | 'failed', error?: string): void => {
    trace.end(error);
    metrics.pluginCalled({ plugin, kind, status, durationMs: performance.now() - startedAt });
  };
  try {
    const result = await work({
      onSpan: (span) => trace.add(span),
      onMetric: (metric) =>
        metrics.pluginMeasured({ plugin, kind: metric.kind, name: metric.name, value: metric.value }),
    });
    end('succeeded');
    return result;
  } catch (error) {
    end('failed', error instanceof Error ? error.name : 'Error');
    throw error;
  }
};
