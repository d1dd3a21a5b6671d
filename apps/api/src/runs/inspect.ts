import { inspectRun, type Json, type RunInspection } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiContext } from '../context.ts';
import { loadHistory } from './run-history.ts';
import type { RunRow } from './run-rows.ts';

/** A run as it stood behind one of its events. */
export type RunMoment = { readonly run: RunRow; readonly afterSeq: number; readonly inspection: RunInspection };

export type InspectedStepShape = RunInspection['steps'][string] & { readonly stepId: string };

/** Undefined: behind the last event that there is. */
export const inspectAt = async (run: RunRow, afterSeq: number | null, context: ApiContext): Promise<RunMoment> => {
  if (afterSeq !== null && afterSeq < 0) {
    throw new PlatformError({ code: 'IA_API_INVALID', message: '`afterSeq` is the number of an event, or 0.' });
  }
  const { plan, events } = await loadHistory(run, context);
  const seen = afterSeq === null ? events : events.filter(({ seq }) => seq <= afterSeq);
  return { run, afterSeq: seen.at(-1)?.seq ?? 0, inspection: inspectRun(plan, seen) };
};

export type EvaluateRequest = {
  readonly expression: string;
  readonly afterSeq: number | null;
  readonly stepId: string | null;
  readonly index: string | null;
};

/** @throws PlatformError IA_EXPRESSION_INVALID, IA_EXPRESSION_FAILED or IA_EXPRESSION_LIMIT */
export const evaluateAt = async (
  run: RunRow,
  { expression, afterSeq, stepId, index }: EvaluateRequest,
  context: ApiContext,
): Promise<Json> => {
  const { inspection } = await inspectAt(run, afterSeq, context);
  const place = stepId === null ? undefined : { stepId, ...(index === null ? {} : { index }) };
  return inspection.evaluate(expression, place);
};
