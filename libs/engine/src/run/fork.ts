import { type Json, type JsonObject, PlatformError } from '@ia-modules/plugin-sdk';
import type { Settled } from '../ports/durable-context.ts';
import type { DebugSetup, RunEvent } from './events.ts';
import { SETTLEMENT_EVENTS, toRecordedSettlement } from './recorded-settlement.ts';

export type ForkOptions = {
  /** The log of the run to repeat. */
  readonly log: readonly RunEvent[];
  /** The step from which on things are done anew. */
  readonly stepId: string;
  /** Which execution of it, in a loop: `2.1`. @default the last one */
  readonly iteration?: string;
  /** In place of what the step's `with` gives. */
  readonly input?: JsonObject;
  /** Other values from that step on: `parameters.x`, `steps.id.output.y`. */
  readonly variables?: Readonly<Record<string, Json>>;
};

/** A new run that begins as another one went, up to a step. */
export type ForkedRun = {
  readonly origin: { readonly runId: string; readonly seq: number };
  readonly parameters: JsonObject;
  readonly trigger: JsonObject;
  readonly debug: DebugSetup;
  readonly settlements: readonly { readonly settled: Settled; readonly at: number }[];
};

/**
 * Prepares a run that repeats another's results up to the moment in which a step began, and goes on by itself from there. What ran
 * beside the step at that moment and had not ended runs anew.
 * @throws PlatformError `IA_RUN_FORK` when the log does not show the step begin
 */
export const forkRun = ({ log, stepId, iteration, input, variables = {} }: ForkOptions): ForkedRun => {
  const [first] = log;
  const began = beginningOf(log, stepId, iteration);
  if (first?.type !== 'run_started' || began === -1) {
    throw new PlatformError({
      code: 'IA_RUN_FORK',
      message: `The log does not show step '${stepId}' begin${iteration === undefined ? '' : ` in iteration ${iteration}`}.`,
      hint: 'Fork from a step that has run.',
    });
  }
  const before = log.slice(0, began);
  const settlements = before
    .filter(({ type }) => SETTLEMENT_EVENTS.has(type))
    .map((event) => ({ settled: toRecordedSettlement(event), at: event.at }));
  const edits = Object.entries(variables).map(([path, value]) => ({
    settled: { kind: 'debug_command', command: { kind: 'set_variable', path, value } } as const,
    at: log[began]?.at ?? first.at,
  }));
  const { debug = {}, parameters, trigger } = first.data;
  return {
    origin: { runId: first.runId, seq: log[began]?.seq ?? 1 },
    parameters,
    trigger,
    debug: input === undefined ? debug : { ...debug, inputs: { ...debug.inputs, [stepId]: input } },
    settlements: insertBeforeLast(settlements, edits),
  };
};

/** The settlement that led to the step is the last one: what is edited has to be there before it. */
const insertBeforeLast = <T>(items: readonly T[], inserted: readonly T[]): T[] =>
  inserted.length === 0 ? [...items] : [...items.slice(0, -1), ...inserted, ...items.slice(-1)];

const beginningOf = (log: readonly RunEvent[], stepId: string, iteration: string | undefined): number => {
  let began = -1;
  let current: string | undefined;
  for (const [position, event] of log.entries()) {
    if (event.stepId !== stepId || event.type === 'breakpoint_hit' || event.type.startsWith('compensation_')) continue;
    if (event.type === 'loop_iterated' || event.type === 'loop_ended' || event.part === 'compensate') continue;
    const isNew = began === -1 || (event.iteration ?? '') !== current;
    if (isNew && (iteration === undefined || event.iteration === iteration)) {
      began = position;
      current = event.iteration ?? '';
    }
  }
  return began;
};
