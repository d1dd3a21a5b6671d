import {
  compilePipeline,
  interpret,
  isTerminal,
  projectRun,
  validateParameters,
  validatePipeline,
  type PipelineDefinition,
  type Plan,
  type RunView,
} from '@ia-modules/engine';
import * as fc from 'fast-check';
import type { ReferenceCase } from './reference-case.ts';
import { NothingLeftError, SimulatedContext, TooLongError, type TimedSettlement } from './simulated-context.ts';

export type RestingRun = {
  readonly context: SimulatedContext;
  readonly view: RunView;
  /** How it came to rest: by its own end, because nothing more settles, or because the test gave it up. */
  readonly rest: 'ended' | 'nothing_left' | 'too_long';
};

/** What is said of pipelines that could run but say something pointless: random ones do now and then. */
const POINTLESS: ReadonlySet<string> = new Set([
  'IA_PIPELINE_JOIN',
  'IA_PIPELINE_DEAD_TRANSITION',
  'IA_PIPELINE_BUDGET',
]);

/** The plan of a random definition, which has to be valid; one that is pointless ends the attempt. */
export const planOf = (value: PipelineDefinition): Plan => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition !== undefined) return compilePipeline(definition);
  const errors = diagnostics.filter(({ severity, code }) => severity === 'error' && !POINTLESS.has(code));
  fc.pre(errors.length > 0);
  throw new Error(errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
};

/** Runs a plan in simulated time until it ends or nothing more settles. */
export const runToRest = async (
  plan: Plan,
  script: ReferenceCase['script'],
  fromOutside: readonly TimedSettlement[] = [],
): Promise<RestingRun> => {
  const context = new SimulatedContext(script, fromOutside);
  const parameters = validateParameters(plan.definition, {}).parameters ?? {};
  const rest = await interpret({ plan, context, parameters }).then(() => 'ended' as const, restOf);
  return { context, view: projectRun(context.events, plan), rest };
};

const restOf = (error: unknown): RestingRun['rest'] => {
  if (error instanceof NothingLeftError) return 'nothing_left';
  if (error instanceof TooLongError) return 'too_long';
  throw error;
};

/** Whether a run that rests shows why: that it has ended, or what it waits for. */
export const saysWhy = ({ view, rest }: RestingRun): boolean => {
  if (rest === 'ended') return isTerminal(view.status);
  return rest === 'nothing_left' && view.status === 'waiting' && view.waitReason !== null;
};
