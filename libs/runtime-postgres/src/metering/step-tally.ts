import { type RunEvent, STEP_BEGINNINGS, STEP_ENDS, type StepEnd } from '@ia-modules/engine';
import { bucketOf } from './duration-histogram.ts';

/** What the ended executions of one step with one status add up to. */
export type StepFigures = {
  readonly stepId: string;
  readonly status: StepEnd;
  count: number;
  /** Attempts beyond the first, of its items too. */
  retries: number;
  durationMs: number;
  costUsd: number;
  readonly histogram: Map<number, number>;
};

export type EndedStep = { readonly stepId: string; readonly status: StepEnd; readonly durationMs: number };

type OpenStep = { readonly since: number; retries: number };

/** Plain data, so that a snapshot can keep it. */
export type TallyState = {
  readonly open: Map<string, OpenStep>;
  /** By step and status. */
  readonly figures: Map<string, StepFigures>;
  /** By step: how it ended last. */
  readonly lastEnds: Map<string, StepEnd>;
  /** By step: what is not yet in its figures. */
  readonly costs: Map<string, number>;
  /** Of hooks of the run as a whole. */
  runCostUsd: number;
};

/** Adds up, event by event, what the steps of a run took. */
export type StepTally = {
  readonly state: TallyState;
  /** Gives the execution that the event ends. */
  readonly apply: (event: RunEvent) => EndedStep | undefined;
  /** Ends with the run what is still open. */
  readonly close: (at: number) => void;
};

/**
 * Goes on with a tally, or begins one. An execution begins and ends as `createProjection` shows it: in a loop each
 * iteration is one, a mapped step is one with all of its items, and what is skipped is none.
 */
export const createStepTally = (from?: TallyState): StepTally => {
  const state = from ?? {
    open: new Map(),
    figures: new Map(),
    lastEnds: new Map(),
    costs: new Map(),
    runCostUsd: 0,
  };
  return {
    state,
    apply: (event) => {
      noteCost(state, event);
      const { stepId, part, index, type, at } = event;
      if (stepId === undefined || part !== undefined) return undefined;
      if (index === undefined && STEP_BEGINNINGS.has(type) && !state.open.has(stepId)) {
        state.open.set(stepId, { since: at, retries: 0 });
      }
      if (type === 'task_scheduled' && (event.attempt ?? 1) > 1) {
        const open = state.open.get(stepId);
        if (open !== undefined) open.retries += 1;
      }
      const status = STEP_ENDS.get(type);
      return status === undefined || index !== undefined ? undefined : endStep(state, { stepId, status, at });
    },
    close: (at) => {
      for (const stepId of state.open.keys()) endStep(state, { stepId, status: 'canceled', at });
      for (const [stepId, costUsd] of state.costs) {
        const status = state.lastEnds.get(stepId);
        if (status === undefined) state.runCostUsd += costUsd;
        else figuresOf(state, stepId, status).costUsd += costUsd;
      }
      state.costs.clear();
    },
  };
};

const noteCost = (state: TallyState, { stepId, data }: RunEvent): void => {
  if (!('costUsd' in data) || typeof data.costUsd !== 'number' || data.costUsd === 0) return;
  if (stepId === undefined) state.runCostUsd += data.costUsd;
  else state.costs.set(stepId, (state.costs.get(stepId) ?? 0) + data.costUsd);
};

type StepEnding = Readonly<{ stepId: string; status: StepEnd; at: number }>;

const endStep = (state: TallyState, { stepId, status, at }: StepEnding): EndedStep | undefined => {
  const open = state.open.get(stepId);
  // Canceled before it became ready: nothing was executed.
  if (open === undefined) return undefined;
  state.open.delete(stepId);
  state.lastEnds.set(stepId, status);
  const durationMs = Math.max(0, at - open.since);
  const figures = figuresOf(state, stepId, status);
  figures.count += 1;
  figures.retries += open.retries;
  figures.durationMs += durationMs;
  figures.costUsd += state.costs.get(stepId) ?? 0;
  state.costs.delete(stepId);
  const bucket = bucketOf(durationMs);
  figures.histogram.set(bucket, (figures.histogram.get(bucket) ?? 0) + 1);
  return { stepId, status, durationMs };
};

const figuresOf = ({ figures }: TallyState, stepId: string, status: StepEnd): StepFigures => {
  const key = `${status}/${stepId}`;
  const found = figures.get(key);
  if (found !== undefined) return found;
  const created = { stepId, status, count: 0, retries: 0, durationMs: 0, costUsd: 0, histogram: new Map() };
  figures.set(key, created);
  return created;
};
