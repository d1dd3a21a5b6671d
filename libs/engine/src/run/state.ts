import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { RecordedError } from './events.ts';
import type { Plan } from './plan.ts';
import { RUN_STATUSES, type Status } from './status.ts';

/** What is outstanding for a step: an attempt at the executor or a timer. */
export type Outstanding =
  | { readonly kind: 'task'; readonly key: string; readonly attempt: number }
  | { readonly kind: 'timer'; readonly key: string; readonly attempt: number; readonly purpose: 'retry' | 'wait' };

/**
 * Where a run stands. It is owned by one interpreter and changed in place by `evolve` alone, which is a function of the plan and
 * the event: folding a log from {@link createRunState} always gives the same state. Flat arrays by step index keep a step at a few dozen bytes.
 */
export type RunState = {
  status: Status;
  startedAt: number;
  parameters: JsonObject;
  trigger: JsonObject;
  pipeline: JsonObject;
  /** Index into RUN_STATUSES. */
  readonly stepStatuses: Uint8Array;
  readonly outputs: (Json | undefined)[];
  readonly errors: Map<number, RecordedError>;
  readonly attempts: Uint8Array;
  /** Incoming transitions that are neither taken nor dead yet. */
  readonly unresolved: Int32Array;
  readonly taken: Int32Array;
  /** 1 once the join is decided: later arrivals are ignored. */
  readonly decided: Uint8Array;
  /** Steps whose join is decided, in order; `agendaHead` is the next one to look at. */
  agenda: number[];
  agendaHead: number;
  readonly outstanding: Map<number, Outstanding>;
  runningTasks: number;
};

export const STATUS_CODE = Object.fromEntries(RUN_STATUSES.map((status, code) => [status, code])) as Readonly<
  Record<Status, number>
>;

export const createRunState = (plan: Plan): RunState => {
  const count = plan.steps.length;
  const unresolved = new Int32Array(count);
  for (const [index, transitions] of plan.incoming.entries()) unresolved[index] = transitions.length;
  return {
    status: 'pending',
    startedAt: 0,
    parameters: {},
    trigger: {},
    pipeline: {},
    stepStatuses: new Uint8Array(count),
    outputs: Array.from<Json | undefined>({ length: count }),
    errors: new Map(),
    attempts: new Uint8Array(count),
    unresolved,
    taken: new Int32Array(count),
    decided: new Uint8Array(count),
    agenda: [],
    agendaHead: 0,
    outstanding: new Map(),
    runningTasks: 0,
  };
};

export const stepStatus = (state: RunState, index: number): Status =>
  RUN_STATUSES[state.stepStatuses[index] ?? 0] ?? 'pending';

/** Takes the next step whose join is decided; undefined when there is none. */
export const takeFromAgenda = (state: RunState): number | undefined => {
  if (state.agendaHead === state.agenda.length) {
    state.agenda = [];
    state.agendaHead = 0;
    return undefined;
  }
  const index = state.agenda[state.agendaHead];
  state.agendaHead += 1;
  return index;
};
