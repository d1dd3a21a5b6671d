import { type ConfiguredInit, defineConfigured } from './define-configured.ts';
import type { Contribution } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json } from './json.ts';
import type { Received, Schema } from './schema.ts';

/** Something that happened in a run: `run_succeeded`, `step_failed` … with what the event says. */
export type HookEvent = { readonly type: string; readonly stepId?: string; readonly data: Json };

/** A hook and its code; what it returns is ignored. */
export type HookInit<C extends Schema> = ConfiguredInit<C> & {
  readonly handle: (
    call: { readonly event: HookEvent; readonly config: Received<C> },
    ctx: PluginContext,
  ) => void | Promise<void>;
};

/** A hook as `definePlugin` takes it. */
export type Hook = Contribution<'hook'>;

/** Defines what is called when something happens in a run. It changes nothing in the run; what it throws is recorded. */
export const defineHook = <const C extends Schema = Record<string, never>>(init: HookInit<C>): Hook =>
  defineConfigured<'hook', C, { readonly event: HookEvent }>('hook', init, async (call, ctx) => {
    await init.handle(call, ctx);
    return null;
  });
