import type { PipelineDefinition } from '@ia-modules/engine';
import * as fc from 'fast-check';
import { idOf, msText, sometimes, stepSketch, toStep, type StepSketch } from './arbitrary-step.ts';
import {
  loopSketch,
  toNext,
  toTransitions,
  transitionSketch,
  type LoopSketch,
  type TransitionSketch,
} from './arbitrary-transition.ts';
import { EFFORT_MS, hashOf, type ReferenceCase } from './reference-case.ts';

const flowSketch = fc.record({
  compensates: fc.boolean(),
  deadline: sometimes(1, fc.integer({ min: 1, max: 8 })),
  extraStart: sometimes(1, fc.nat(30)),
  cancelAt: sometimes(1, fc.nat(8)),
});
type FlowSketch = typeof flowSketch extends fc.Arbitrary<infer T> ? T : never;

const toCase = (input: {
  readonly sketches: readonly StepSketch[];
  readonly isChained: boolean;
  readonly edges: readonly TransitionSketch[];
  readonly loops: readonly LoopSketch[];
  readonly flow: FlowSketch;
}): ReferenceCase => {
  const { sketches, isChained, edges, loops, flow } = input;
  const steps = sketches.map((sketch, index) => toStep(sketch, index, sketches.length));
  const transitions = toTransitions(steps, [...(isChained ? steps.map(toNext) : []), ...edges], loops);
  const isSource = (id: string): boolean => !transitions.some(({ to, loop }) => to === id && loop === undefined);
  for (const step of steps) {
    const ways = transitions.filter(({ to, loop }) => to === step.id && loop === undefined).length;
    if (typeof step.join === 'object' && step.join.at_least > ways) step.join = 'any';
  }
  const sources = steps.map(({ id }) => id).filter(isSource);
  const definition: PipelineDefinition = {
    name: 'random',
    steps,
    flow: {
      transitions,
      ...(flow.extraStart === undefined
        ? {}
        : { start_at: [...new Set([...sources, idOf(flow.extraStart % steps.length)])] }),
      ...(flow.compensates ? { on_failure: 'compensate' as const } : {}),
      ...(flow.deadline === undefined
        ? {}
        : { max_duration: msText(flow.deadline, 'run'), on_budget: 'fail' as const }),
    },
    outputs: Object.fromEntries(steps.map(({ id }) => [id, `{{ steps.${id}.status }}`])),
  };
  const script = sketches.flatMap(({ outcomes: work, undoing }, index) => [
    [idOf(index), work],
    [`${idOf(index)}:compensate`, undoing],
  ]);
  return {
    definition,
    script: Object.fromEntries(script),
    ...(flow.cancelAt === undefined ? {} : { cancelAtMs: flow.cancelAt * EFFORT_MS + hashOf('cancel') }),
  };
};

/** Pipelines with joins, dead paths, loops within loops, maps within maps, errors, limits and cancellations. */
export const arbitraryCase: fc.Arbitrary<ReferenceCase> = fc
  .record({
    sketches: fc.array(stepSketch, { minLength: 1, maxLength: 9, size: 'max' }),
    isChained: fc.boolean(),
    edges: fc.array(transitionSketch, { maxLength: 14, size: 'max' }),
    loops: fc.array(loopSketch, { maxLength: 4, size: 'max' }),
    flow: flowSketch,
  })
  .map(toCase);
