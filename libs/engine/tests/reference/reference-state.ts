import type { Json, Status, StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import { Activity } from './activity.ts';
import type { NaiveError } from './reference-attempts.ts';
import { loopsOf, transitionsOf } from './reference-loops.ts';
import type { ReferenceCase } from './reference-case.ts';

export type NaiveLoop = {
  readonly header: NaiveStep;
  readonly body: ReadonlySet<NaiveStep>;
  /** The loop around this one. */
  readonly parent: NaiveLoop | undefined;
  iteration: number;
  /** A transition back to the header was taken in this iteration. */
  isAgain: boolean;
  hasEnded: boolean;
  isEnding: boolean;
};

export type NaiveStep = {
  readonly id: string;
  readonly definition: StepDefinition;
  readonly incoming: NaiveTransition[];
  readonly outgoing: NaiveTransition[];
  isStart: boolean;
  /** The innermost loop. */
  loop: NaiveLoop | undefined;
  status: Status;
  /** How it ended last, in whichever iteration; what never became ready counts as skipped. */
  lastStatus: Status;
  output: Json | undefined;
  error: NaiveError | undefined;
  isJoinDecided: boolean;
  hasEnded: boolean;
  executions: number;
  /** Counts the times it started over, so that what was meant for the iteration before is told apart. */
  turn: number;
  activity: Activity;
};

export type NaiveTransition = {
  readonly definition: TransitionDefinition;
  readonly from: NaiveStep;
  readonly to: NaiveStep;
  readonly isDefault: boolean;
  /** The outermost loop that this leaves. */
  leaves: NaiveLoop | undefined;
  resolution: 'open' | 'taken' | 'dead';
  /** Of one that waits for its loop's end: whether it would be taken as things stand. */
  isTakenAtEnd: boolean;
};

export type NaiveGraph = {
  readonly steps: ReadonlyMap<string, NaiveStep>;
  /** In the order in which the definition names them. */
  readonly starts: readonly NaiveStep[];
  readonly transitions: readonly NaiveTransition[];
  /** Outer ones first. */
  readonly loops: readonly NaiveLoop[];
};

export const createGraph = ({ definition }: ReferenceCase): NaiveGraph => {
  const steps = new Map(definition.steps.map((step) => [step.id, createStep(step)]));
  const find = (id: string): NaiveStep => {
    const step = steps.get(id);
    if (step === undefined) throw new Error(`There is no step ${id}.`);
    return step;
  };
  const transitions = transitionsOf(definition).map((transition) => createTransition(transition, find));
  for (const transition of transitions) {
    transition.from.outgoing.push(transition);
    if (transition.definition.loop === undefined) transition.to.incoming.push(transition);
  }
  const startAt = definition.flow?.start_at;
  const starts = startAt === undefined ? [...steps.values()].filter(isSource) : [startAt].flat().map(find);
  for (const step of starts) step.isStart = true;
  return { steps, starts, transitions, loops: createLoops(definition, { transitions, find }) };
};

const isSource = ({ incoming }: NaiveStep): boolean => incoming.length === 0;

const createStep = (definition: StepDefinition): NaiveStep => ({
  id: definition.id,
  definition,
  incoming: [],
  outgoing: [],
  isStart: false,
  loop: undefined,
  status: 'pending',
  lastStatus: 'skipped',
  output: undefined,
  error: undefined,
  isJoinDecided: false,
  hasEnded: false,
  executions: 0,
  turn: 0,
  activity: new Activity(),
});

const createTransition = (definition: TransitionDefinition, find: (id: string) => NaiveStep): NaiveTransition => ({
  definition,
  from: find(definition.from),
  to: find(definition.to),
  isDefault: definition.default === true,
  leaves: undefined,
  resolution: 'open',
  isTakenAtEnd: false,
});

const createLoops = (
  definition: ReferenceCase['definition'],
  { transitions, find }: { readonly transitions: readonly NaiveTransition[]; readonly find: (id: string) => NaiveStep },
): NaiveLoop[] => {
  const loops: NaiveLoop[] = [];
  for (const { header, body: ids } of loopsOf(transitionsOf(definition))) {
    const body = new Set([...ids].map(find));
    const parent = loops.findLast((outer) => outer.body.has(find(header)));
    loops.push({ header: find(header), body, parent, iteration: 1, isAgain: false, hasEnded: false, isEnding: false });
  }
  for (const loop of loops) for (const step of loop.body) step.loop = loop;
  for (const transition of transitions) {
    transition.leaves = loops.find(({ body }) => body.has(transition.from) && !body.has(transition.to));
  }
  return loops;
};

/** The loops around a step, outermost first. */
export const loopPath = (loop: NaiveLoop | undefined): readonly NaiveLoop[] =>
  loop === undefined ? [] : [...loopPath(loop.parent), loop];

export const iterationsOf = (step: NaiveStep): readonly number[] =>
  loopPath(step.loop).map(({ iteration }) => iteration);

/** Begins the next iteration of a loop: its steps are pending again, inner loops have not begun. */
export const startOver = ({ loops, transitions }: NaiveGraph, loop: NaiveLoop): void => {
  loop.iteration += 1;
  loop.isAgain = false;
  for (const inner of loops) {
    if (inner !== loop && loop.body.has(inner.header)) {
      Object.assign(inner, { iteration: 1, isAgain: false, hasEnded: false, isEnding: false });
    }
  }
  for (const step of loop.body) {
    const turn = step.turn + 1;
    Object.assign(step, { status: 'pending', isStart: false, isJoinDecided: false, hasEnded: false, turn });
  }
  for (const transition of transitions) {
    if (!loop.body.has(transition.to)) continue;
    // What came from outside counted in the iteration in which it came.
    if (loop.body.has(transition.from)) transition.resolution = 'open';
    else if (transition.resolution === 'taken') transition.resolution = 'dead';
  }
};
