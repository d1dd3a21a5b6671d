import type { Json, RunInspection } from '@ia-modules/engine';
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
  const history = await loadHistory(run, context);
  const { events } = history;
  const last = afterSeq === null ? -1 : events.findLastIndex(({ seq }) => seq <= afterSeq);
  const count = afterSeq === null ? events.length : last + 1;
  const inspection = await context.inspections.at(history, count);
  return { run, afterSeq: events[count - 1]?.seq ?? 0, inspection };
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
