import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type {
  ApprovalDecision,
  ArmStatistics,
  Compensation,
  ForkPoint,
  MockResult,
  RecordedError,
  RunEnding,
  TimerPurpose,
} from './events.ts';
import type { Place } from './keys.ts';
import type { Plan } from './plan.ts';
import { RUN_STATUSES, type Status, type WaitReason } from './status.ts';

/** What an activity waits for; `since` and `until` are epoch milliseconds. */
export type Wait = { readonly since: number } & (
  | { readonly kind: 'task'; readonly key: string; isSent: boolean }
  /** Somebody has to say what became of the attempt under this key; its error, where one says how it was lost. */
  | { readonly kind: 'effect'; readonly key: string; readonly error: RecordedError | null }
  | { readonly kind: 'timer'; readonly key: string; readonly purpose: 'retry' | 'wait'; readonly until: number }
  /** Until it is delayed, it has only just asked. */
  | { readonly kind: 'slot'; readonly slot: string; readonly limit: number; readonly isDelayed: boolean }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'approval'; readonly request: JsonObject }
);

export type Vote = ApprovalDecision & { readonly at: number };

/** The items of a mapped step, or of one of its items. */
export type MapProgress = {
  readonly items: readonly Json[];
  readonly results: Json[];
  /** The item that begins next. */
  next: number;
  open: number;
  done: number;
  succeeded: number;
  /** Of the first item that failed, where that fails the whole. */
  failure: RecordedError | null;
};

/** How a step ended, while the conditions of its transitions are still asked for. */
export type Routing = {
  readonly output: Json | undefined;
  readonly error: RecordedError | undefined;
  readonly canFallBack: boolean;
  /** What the plugin conditions said so far, in the order of asking. */
  readonly answers: boolean[];
};

/** One execution of a step, or of one of its items, that waits for something outside. */
export type Activity = Place & {
  readonly key: string;
  readonly parent: Activity | null;
  attempt: number;
  /** Index into the step's stages. */
  stage: number;
  /** What the stages hand on. */
  value: Json;
  wait: Wait | null;
  map: MapProgress | null;
  children: Set<Activity> | null;
  routing: Routing | null;
  hasSlot: boolean;
  /** Keys of its other timers: the step's limit, an approval's deadline and escalations. */
  timers: Map<string, { readonly purpose: TimerPurpose; readonly until: number }> | null;
  votes: Vote[] | null;
  assignees: readonly string[];
  /** Whether its result came from the cache: then there is nothing to compensate. */
  isCached: boolean;
  /** Attempts that do not count against its retries: their worker was lost. */
  lostAttempts: number;
  /** Whether the stage that it is at shall be made again as it was. */
  repeats: boolean;
};

/** An execution that can be undone. */
export type CompletedExecution = Place & {
  readonly output: Json;
  readonly itemPath: readonly Json[];
};

export type CompensationProgress = {
  readonly execution: CompletedExecution;
  attempt: number;
  lostAttempts: number;
  wait: Extract<Wait, { kind: 'task' | 'timer' | 'effect' }> | null;
};

export type Choice = { readonly context: string; readonly to: string };

/**
 * Where a run stands. It is owned by one interpreter and changed in place by `evolve` alone, which is a function of the plan and
 * the event: folding a log from {@link createRunState} always gives the same state. Flat arrays by step index keep a step at a few dozen bytes.
 */
export type RunState = {
  status: Status;
  waitReason: WaitReason | null;
  startedAt: number;
  depth: number;
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
  /** By step: 0 while its join is open, 1 when it is on the agenda, 2 once it was activated or ended. */
  readonly decided: Uint8Array;
  /** By transition: 0 open, 1 taken, 2 dead, 3 chosen and taken when the loop that it leaves ends. */
  readonly edges: Uint8Array;
  /** Steps whose join is decided, in order; `agendaHead` is the next one to look at. */
  agenda: number[];
  agendaHead: number;
  /** By loop: the iteration under way, what of it has not ended, and whether another one follows. */
  readonly iterations: Int32Array;
  readonly openUnits: Int32Array;
  readonly isAgain: Uint8Array;
  /** Loops of which everything has ended, in order. */
  readonly closing: number[];
  readonly activities: Map<string, Activity>;
  /** The activity of a step as a whole, by step index. */
  readonly roots: Map<number, Activity>;
  /** How many activities wait for what. */
  readonly waits: Record<Wait['kind'] | 'retry', number>;
  /** Keys of the hooks that run. */
  readonly hooks: Set<string>;
  hookCount: number;
  /** Who waits for a signal, by its name, in the order of waiting. */
  readonly signalWaiters: Map<string, Set<Activity>>;
  /** Signals that came before anything waited for them, by name. */
  readonly signals: Map<string, Json[]>;
  readonly deliveries: Set<string>;
  /** What keeps new things from starting, and since when. */
  readonly holds: Map<'paused' | 'breakpoint' | 'budget', number>;
  readonly breakpoints: { steps: ReadonlySet<number>; transitions: ReadonlySet<string> };
  /** When a run goes on that has paused between two decisions; null when it has not. */
  breathUntil: number | null;
  /** The step that may pass its breakpoint. */
  passing: number;
  /** Activations left before the run stops again; null without a limit. */
  stepsLeft: number | null;
  readonly mocks: Map<number, MockResult>;
  readonly inputs: Map<number, JsonObject>;
  /** Points of a fork that it has not come to yet. */
  forkPoints: readonly ForkPoint[];
  /** Inputs that forks have edited, by activity. */
  readonly forkInputs: Map<string, JsonObject>;
  costUsd: number;
  maxCostUsd: number;
  maxDurationMs: number | null;
  isDurationOver: boolean;
  /** What adaptive routers know, by step and context, and what they chose without a reward so far. */
  readonly arms: Map<string, Record<string, ArmStatistics>>;
  readonly choices: Map<number, Choice>;
  /** Executions that can be undone, in the order of their completion. */
  readonly completed: CompletedExecution[];
  ending: (RunEnding & { readonly compensates: boolean }) | null;
  hasCalledEndHooks: boolean;
  compensation: CompensationProgress | null;
  readonly compensations: Compensation[];
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
    waitReason: null,
    startedAt: 0,
    depth: 0,
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
    edges: new Uint8Array(plan.transitions.length),
    agenda: [],
    agendaHead: 0,
    iterations: new Int32Array(plan.regions.length).fill(1),
    openUnits: Int32Array.from(plan.regionUnits),
    isAgain: new Uint8Array(plan.regions.length),
    closing: [],
    activities: new Map(),
    roots: new Map(),
    waits: { task: 0, timer: 0, retry: 0, slot: 0, signal: 0, approval: 0, effect: 0 },
    hooks: new Set(),
    hookCount: 0,
    signalWaiters: new Map(),
    signals: new Map(),
    deliveries: new Set(),
    holds: new Map(),
    breakpoints: { steps: new Set(), transitions: new Set() },
    breathUntil: null,
    passing: -1,
    stepsLeft: null,
    mocks: new Map(),
    inputs: new Map(),
    forkPoints: [],
    forkInputs: new Map(),
    costUsd: 0,
    maxCostUsd: plan.maxCostUsd ?? Number.POSITIVE_INFINITY,
    maxDurationMs: plan.maxDurationMs,
    isDurationOver: false,
    arms: new Map(),
    choices: new Map(),
    completed: [],
    ending: null,
    hasCalledEndHooks: false,
    compensation: null,
    compensations: [],
  };
};

export const stepStatus = (state: RunState, index: number): Status =>
  RUN_STATUSES[state.stepStatuses[index] ?? 0] ?? 'pending';

/** The next step whose join is decided; undefined when there is none. Recording that it began takes it off. */
export const peekAgenda = (state: RunState): number | undefined => state.agenda[state.agendaHead];

/** `2.1`: the iterations of the loops around a step, outermost first; empty outside loops. */
export const iterationOf = (plan: Plan, state: RunState, step: number): string => {
  const innermost = plan.steps[step]?.region ?? -1;
  if (innermost === -1) return '';
  let path = '';
  for (let region = innermost; region !== -1; region = plan.regions[region]?.parent ?? -1) {
    path = path === '' ? String(state.iterations[region]) : `${state.iterations[region]}.${path}`;
  }
  return path;
};

/** Whether nothing new may start. */
export const isHeld = (state: RunState): boolean => state.holds.size > 0;
