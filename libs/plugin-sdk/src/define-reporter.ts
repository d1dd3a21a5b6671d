import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import type { Received, Schema } from './schema.ts';

/** One event of a run's log. */
export type ReportedEvent = {
  readonly runId: string;
  /** Its number in the log, from 1. */
  readonly seq: number;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
  readonly type: string;
  readonly stepId?: string;
  readonly iteration?: string;
  readonly index?: string;
  readonly attempt?: number;
  readonly data?: Json;
};

/** A reporter and its code; what it throws is lost and fails no run. */
export type ReporterInit<C extends Schema> = ConfiguredInit<C> & {
  readonly report: (
    call: { readonly events: readonly ReportedEvent[]; readonly config: Received<C> },
    ctx: PluginContext,
  ) => void | Promise<void>;
};

/** A reporter as `definePlugin` takes it. */
export type Reporter = Contribution<'reporter'>;

/** Defines what gets every event of a run, in order and in batches. It changes nothing in the run. */
export const defineReporter = <const C extends Schema = Record<string, never>>(init: ReporterInit<C>): Reporter =>
  defineConfigured<'reporter', C, { readonly events: readonly ReportedEvent[] }>(
    'reporter',
    init,
    async (call, ctx) => {
      await init.report(call, ctx);
      return null;
    },
  );
