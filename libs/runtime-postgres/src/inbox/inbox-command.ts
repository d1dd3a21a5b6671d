import type { ApprovalDecision, DebugCommand, Json } from '@ia-modules/engine';

/**
 * What `run_commands` rows ask of a run, by their `kind`: the payload is written by whoever may ask (API, webhooks, the end of a
 * sub-pipeline) and read by the holder of the lease alone. Who asks stands in the row's `requested_by`.
 */
export type InboxPayload = {
  cancel: { readonly reason: string | null };
  pause: Record<string, never>;
  resume: Record<string, never>;
  raise_budget: { readonly maxCostUsd?: number; readonly maxDurationMs?: number };
  /** `delivery` tells doubles apart. */
  signal: { readonly name: string; readonly payload: Json; readonly delivery?: string };
  /** `key` is the activity that asks: `stepId#iteration/index`. */
  decide_approval: { readonly key: string } & ApprovalDecision;
  /** What became of an effect that nobody knows of; `key` is the attempt's task key. */
  decide_effect: { readonly key: string; readonly decision: 'repeat' | 'confirm' | 'fail'; readonly output?: Json };
  debug: { readonly command: DebugCommand };
  /** Written by the database when a sub-pipeline ends. */
  child_ended: { readonly key: string; readonly runId: string };
};

export type InboxCommandKind = keyof InboxPayload;
