import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Received, Schema } from './schema.ts';

/** One measurement of a run, under the platform's metric names (docs/metrics.md). */
export type MetricPoint = {
  readonly name: string;
  readonly kind: 'counter' | 'histogram';
  /** UCUM: `s`, `{error}`, `USD`. */
  readonly unit: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
};

/** An exporter and its code; what it throws is lost and fails no run. */
export type ExporterInit<C extends Schema> = ConfiguredInit<C> & {
  readonly export: (
    call: { readonly points: readonly MetricPoint[]; readonly config: Received<C> },
    ctx: PluginContext,
  ) => void | Promise<void>;
};

/** An exporter as `definePlugin` takes it. */
export type Exporter = Contribution<'exporter'>;

/** Defines what gets the measurements of a pipeline's runs, in batches, to send them elsewhere. It changes nothing in the run. */
export const defineExporter = <const C extends Schema = Record<string, never>>(init: ExporterInit<C>): Exporter =>
  defineConfigured<'exporter', C, { readonly points: readonly MetricPoint[] }>('exporter', init, async (call, ctx) => {
    await init.export(call, ctx);
    return null;
  });
