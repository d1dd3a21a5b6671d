import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import type { DebugSetup, EventData, EventType, ForkPoint, RunEvent } from './events.ts';
import { SETTLEMENT_EVENTS, toRecordedSettlement } from './recorded-settlement.ts';

/** Which run to repeat, up to where, and what is to be different from there on. */
export type ForkOptions = {
  /** The log of the run to repeat. */
  readonly log: readonly RunEvent[];
  /** The step from which on things are done anew. */
  readonly stepId: string;
  /** Which execution of it, in a loop: `2.1`. @default the last one */
  readonly iteration?: string;
  /** In place of what the step's `with` gives, in that execution. Secrets stay where it has `***` as the log does. */
  readonly input?: JsonObject;
  /** Other values from that execution on, by path as in `set_variable`: `parameters.x`, `steps.id.output.y`. */
  readonly variables?: Readonly<Record<string, Json>>;
  /** Of the run to repeat, when it was started with one: routers and retries derive from it. */
  readonly seed?: number;
  /** What is watched and mocked from there on. @default what it was in the run to repeat */
  readonly debug?: DebugSetup;
};

/** A new run that begins as another one went, up to a step. */
export type ForkedRun = {
  readonly origin: NonNullable<EventData['run_started']['fork']>;
  /** Undefined when it follows from the id of the run that it repeats. */
  readonly seed: number | undefined;
  /** When the run that it repeats began, in epoch milliseconds. */
  readonly startedAt: number;
  readonly parameters: JsonObject;
  readonly trigger: JsonObject;
  readonly debug: DebugSetup | undefined;
  readonly settlements: readonly { readonly settled: Settled; readonly at: number }[];
};

/**
 * Prepares a run that repeats another's results up to the moment in which a step began, and goes on by itself from there. What ran
 * beside the step at that moment and had not ended runs anew.
 * @throws PlatformError `IA_RUN_FORK` when the log does not show the step begin
 */
export const forkRun = ({ log, stepId, iteration, seed, ...edits }: ForkOptions): ForkedRun => {
  const [first] = log;
  const position = beginningOf(log, stepId, iteration);
  const began = log[position];
  if (first?.type !== 'run_started' || began === undefined) throw neverBegan(stepId, iteration);
  const before = log.slice(0, position);
  const { debug, parameters, trigger, fork } = first.data;
  const place = began.iteration === undefined ? { stepId } : { stepId, iteration: began.iteration };
  return {
    origin: { runId: first.runId, seq: began.seq, points: [...pointsIn(before), { ...place, ...edits }] },
    seed: seed ?? fork?.seed,
    startedAt: first.at,
    parameters,
    trigger,
    debug,
    settlements: before
      .filter(({ type }) => SETTLEMENT_EVENTS.has(type))
      .map((event) => ({ settled: toRecordedSettlement(event), at: event.at })),
  };
};

/** The points at which the run to repeat, a fork itself, went its own way. */
const pointsIn = (log: readonly RunEvent[]): ForkPoint[] =>
  log.flatMap((event) => {
    if (event.type !== 'fork_reached') return [];
    const { stepId = '', iteration, data } = event;
    return [{ stepId, ...(iteration === undefined ? {} : { iteration }), ...data }];
  });

/** Events that name a step which has not begun, or is not what they are about. */
const NO_BEGINNINGS: ReadonlySet<EventType> = new Set([
  'breakpoint_hit',
  'fork_reached',
  'step_skipped',
  'step_canceled',
  'loop_iterated',
  'loop_ended',
  'router_rewarded',
  'compensation_started',
  'compensation_succeeded',
  'compensation_failed',
]);

/** Where the log shows an execution of the step begin; -1 when it does not. */
const beginningOf = (log: readonly RunEvent[], stepId: string, iteration: string | undefined): number => {
  const beginnings = new Map<string, number>();
  for (const [position, event] of log.entries()) {
    if (event.stepId !== stepId || event.part === 'compensate' || NO_BEGINNINGS.has(event.type)) continue;
    const execution = event.iteration ?? '';
    if (!beginnings.has(execution)) beginnings.set(execution, position);
  }
  return (iteration === undefined ? [...beginnings.values()].at(-1) : beginnings.get(iteration)) ?? -1;
};

const neverBegan = (stepId: string, iteration: string | undefined): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_FORK',
    message: `The log does not show step '${stepId}' begin${iteration === undefined ? '' : ` in iteration ${iteration}`}.`,
    hint: 'Fork from a step that has run.',
  });
