import type { DiagnosticList, Path } from '../definition/diagnostic.ts';
import { parseDuration } from '../definition/duration.ts';
import type { PipelineDefinition, RetryDefinition, StepDefinition } from '../definition/schema.ts';

const HINT = 'Write 200ms, 30s, 1h30m, or ISO 8601 such as PT5M or P2D.';

/** Checks a duration that something has to fit into: zero is none. */
export const checkDuration = (text: string, path: Path, diagnostics: DiagnosticList): void => {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return;
  const what = durationMs === 0 ? 'no duration that anything could keep' : 'no duration';
  diagnostics.add({ code: 'IA_PIPELINE_DURATION', path, message: `'${text}' is ${what}.`, hint: HINT });
};

/** Checks a duration that may be zero: a delay, a wait. */
export const checkDelay = (text: string, path: Path, diagnostics: DiagnosticList): void => {
  if (parseDuration(text) !== undefined) return;
  diagnostics.add({ code: 'IA_PIPELINE_DURATION', path, message: `'${text}' is no duration.`, hint: HINT });
};

export const checkStepDurations = (step: StepDefinition, path: Path, diagnostics: DiagnosticList): void => {
  const limits: readonly (readonly [Path, string | undefined])[] = [
    [[...path, 'timeout'], step.timeout],
    [[...path, 'max_duration'], step.max_duration],
    [[...path, 'cache', 'ttl'], step.cache?.ttl],
    [[...path, 'compensate', 'timeout'], step.compensate?.timeout],
  ];
  for (const [fieldPath, text] of limits) if (text !== undefined) checkDuration(text, fieldPath, diagnostics);
  if (step.retry) checkRetry(step.retry, [...path, 'retry'], diagnostics);
  if (step.compensate?.retry) checkRetry(step.compensate.retry, [...path, 'compensate', 'retry'], diagnostics);
};

export const checkFlowDurations = ({ flow }: PipelineDefinition, diagnostics: DiagnosticList): void => {
  if (flow?.max_duration !== undefined) checkDuration(flow.max_duration, ['flow', 'max_duration'], diagnostics);
};

const checkRetry = (retry: RetryDefinition, path: Path, diagnostics: DiagnosticList): void => {
  const { initial_delay: initialDelay, max_delay: maxDelay } = retry;
  if (initialDelay !== undefined) checkDelay(initialDelay, [...path, 'initial_delay'], diagnostics);
  if (maxDelay === undefined) return;
  checkDelay(maxDelay, [...path, 'max_delay'], diagnostics);
  const initialMs = parseDuration(initialDelay ?? '1s');
  const maxMs = parseDuration(maxDelay);
  if (initialMs === undefined || maxMs === undefined || initialMs <= maxMs) return;
  diagnostics.add({
    code: 'IA_PIPELINE_RETRY',
    severity: initialDelay === undefined ? 'warning' : 'error',
    path: [...path, initialDelay === undefined ? 'max_delay' : 'initial_delay'],
    message: `The first delay, ${initialDelay ?? '1s'}, is longer than the longest one, ${maxDelay}.`,
    hint: 'Raise max_delay, or lower initial_delay.',
  });
};
