import type { Json, JsonObject, Status } from '@ia-modules/engine';
import { Activity, Slots } from './activity.ts';
import type { Answer, StepEnding, TracedAnswer } from './answer.ts';
import { Agenda, type Pick } from './agenda.ts';
import { fillNaively, UnreadableError, type NaiveScope } from './naive-scope.ts';
import { msOf, terminalError, type NaiveError } from './reference-attempts.ts';
import type { ReferenceCase } from './reference-case.ts';
import { compensateAll, type Done } from './reference-compensation.ts';
import { countOf, isDecidedEachTime, isJoinCertain, neededOf } from './reference-joins.ts';
import { routeNaively, type NaiveRoute } from './reference-routing.ts';
import {
  createGraph,
  iterationsOf,
  startOver,
  type NaiveGraph,
  type NaiveLoop,
  type NaiveStep,
  type NaiveTransition,
} from './reference-state.ts';
import { performStep } from './reference-work.ts';

type Ending = { readonly status: Status; readonly error?: NaiveError; readonly outputs?: JsonObject };

/** Runs a pipeline the slow way: what the language says, word for word, with no thought for speed, logs or crashes. */
export const runReference = (referenceCase: ReferenceCase, pick: Pick = () => 0): Answer =>
  new ReferenceRun(referenceCase, pick).run().answer;

/** The same, with the way that it went. */
export const traceReference = (referenceCase: ReferenceCase): TracedAnswer =>
  new ReferenceRun(referenceCase, () => 0).run();

class ReferenceRun {
  readonly #case: ReferenceCase;
  readonly #agenda: Agenda;
  readonly #slots: Slots;
  readonly #graph: NaiveGraph;
  readonly #endings: Record<string, StepEnding> = {};
  readonly #done: Done[] = [];
  readonly #compensations: string[] = [];
  readonly #taken = new Set<number>();
  #ending: Ending | undefined;
  #isOver = false;

  constructor(referenceCase: ReferenceCase, pick: Pick) {
    this.#case = referenceCase;
    this.#agenda = new Agenda(pick);
    this.#slots = new Slots(this.#agenda);
    this.#graph = createGraph(referenceCase);
  }

  run(): TracedAnswer {
    const { max_duration: maxDuration } = this.#case.definition.flow ?? {};
    if (maxDuration !== undefined) {
      this.#agenda.limit(msOf(maxDuration), () =>
        this.#endRun({ status: 'failed', error: terminalError('IA_RUN_TIMEOUT') }),
      );
    }
    const { cancelAtMs } = this.#case;
    if (cancelAtMs !== undefined) this.#agenda.limit(cancelAtMs, () => this.#endRun({ status: 'canceled' }));
    for (const step of [...this.#graph.starts, ...this.#graph.steps.values()]) this.#considerJoin(step);
    this.#agenda.run(() => this.#isOver || this.#ending !== undefined);
    if (this.#ending === undefined) this.#endRun({ status: 'succeeded' });
    this.#agenda.run(() => this.#isOver);
    return { answer: this.#answer(), taken: this.#taken };
  }

  // Joins

  #considerJoin(step: NaiveStep): void {
    if (step.isJoinDecided || !(step.isStart || isJoinCertain(step))) return;
    step.isJoinDecided = true;
    this.#activateSoon(step, step.isStart);
  }

  /** `isForced` when it begins whatever leads to it: the start of a run or of an iteration. */
  #activateSoon(step: NaiveStep, isForced: boolean): void {
    const { turn } = step;
    this.#agenda.soon(() => {
      if (!step.hasEnded && step.turn === turn && this.#ending === undefined) this.#activate(step, isForced);
    });
  }

  #activate(step: NaiveStep, isForced: boolean): void {
    const taken = countOf(step, 'taken');
    if (!isForced && taken === 0) {
      this.#end(step, { status: 'skipped', routes: [] });
      return;
    }
    if (!isForced && taken < neededOf(step)) {
      this.#startExecution(step);
      this.#fail(step, terminalError('IA_JOIN_UNMET'), { canFallBack: true });
      return;
    }
    if (step.definition.cancel_rest === true) {
      for (const { from, resolution } of step.incoming) {
        if (resolution === 'open' && (from.status === 'running' || from.status === 'waiting')) this.#cancel(from);
      }
    }
    this.#begin(step);
  }

  #resolve(transition: NaiveTransition, resolution: 'taken' | 'dead'): void {
    if (transition.resolution !== 'open') return;
    transition.resolution = resolution;
    this.#considerJoin(transition.to);
  }

  // Steps

  #startExecution(step: NaiveStep): void {
    step.status = 'running';
    step.executions += 1;
    step.error = undefined;
    step.activity = new Activity();
  }

  #begin(step: NaiveStep): void {
    this.#startExecution(step);
    const { definition, activity } = step;
    if (definition.uses === 'core.end') {
      this.#endByStep(step);
      return;
    }
    if (definition.max_duration !== undefined) {
      const act = (): void => {
        activity.end();
        this.#fail(step, terminalError('IA_STEP_TIMEOUT'), { canFallBack: true });
      };
      activity.after(this.#agenda, { delayMs: msOf(definition.max_duration), act });
    }
    const iteration = iterationsOf(step).join('.');
    const place = {
      agenda: this.#agenda,
      slots: this.#slots,
      script: this.#case.script,
      step: definition,
      iteration,
      scope: this.#scopeOf(step),
      onItem: (index: string) => this.#done.push({ step, iteration, index }),
    };
    performStep(place, activity, {
      succeeded: (output) => {
        activity.end();
        this.#succeed(step, output);
      },
      failed: (error) => {
        activity.end();
        this.#fail(step, error, { canFallBack: true });
      },
    });
  }

  #succeed(step: NaiveStep, output: Json, error?: NaiveError): void {
    Object.assign(step, { status: 'succeeded', output, error });
    const route = this.#route(step, 'success');
    if ('error' in route) {
      this.#fail(step, route.error, { canFallBack: false });
      return;
    }
    if (error === undefined && step.definition.for_each === undefined) {
      this.#done.push({ step, iteration: iterationsOf(step).join('.'), index: '' });
    }
    this.#end(step, { status: 'succeeded', routes: [route] });
    for (const id of step.definition.cancels ?? []) {
      const other = this.#graph.steps.get(id);
      if (other !== undefined && other !== step) this.#cancel(other);
    }
  }

  #fail(step: NaiveStep, error: NaiveError, { canFallBack }: { readonly canFallBack: boolean }): void {
    const { fallback, on_error: onError = 'fail' } = step.definition;
    if (canFallBack && fallback !== undefined) {
      this.#succeed(step, fallback, error);
      return;
    }
    Object.assign(step, { status: 'failed', output: undefined, error });
    const onErrorRoute = this.#route(step, 'error');
    if ('error' in onErrorRoute) step.error = onErrorRoute.error;
    else if (onErrorRoute.taken.size > 0) {
      this.#end(step, { status: 'failed', routes: [onErrorRoute] });
      return;
    }
    const onward = onError === 'continue' ? this.#route(step, 'success') : undefined;
    if (onward !== undefined && 'taken' in onward) {
      this.#end(step, { status: 'failed', routes: [onward] });
      return;
    }
    if (onward !== undefined) step.error = onward.error;
    this.#end(step, { status: 'failed', routes: [] });
    this.#endRun({ status: 'failed', ...(step.error === undefined ? {} : { error: step.error }) });
  }

  #cancel(step: NaiveStep): void {
    if (step.hasEnded) return;
    step.activity.end();
    step.isJoinDecided = true;
    this.#end(step, { status: 'canceled', routes: [] });
  }

  #route(step: NaiveStep, side: 'success' | 'error'): NaiveRoute {
    return routeNaively({ step, side, scope: this.#scopeOf(step), loops: this.#graph.loops });
  }

  /** What ends a step also settles every transition that leaves it. */
  #end(step: NaiveStep, { status, routes }: { readonly status: Status; readonly routes: readonly NaiveRoute[] }): void {
    Object.assign(step, { status, lastStatus: status, hasEnded: true });
    if (status === 'skipped' || status === 'canceled') Object.assign(step, { output: undefined, error: undefined });
    this.#endings[`${step.id}#${iterationsOf(step).join('.')}`] = {
      status,
      at: this.#agenda.now,
      ...(step.output === undefined || status !== 'succeeded' ? {} : { output: step.output }),
      ...(step.error === undefined ? {} : { error: step.error.code }),
    };
    const isTaken = (transition: NaiveTransition): boolean =>
      routes.some((route) => 'taken' in route && route.taken.has(transition));
    for (const transition of step.outgoing) {
      if (isTaken(transition)) this.#taken.add(this.#graph.transitions.indexOf(transition));
      this.#settle(transition, isTaken(transition));
    }
    this.#considerLoop(step.loop);
  }

  #settle(transition: NaiveTransition, isTaken: boolean): void {
    if (transition.definition.loop !== undefined) {
      const loop = this.#graph.loops.find(({ header }) => header === transition.to);
      if (isTaken && loop !== undefined) loop.isAgain = true;
    } else if (transition.leaves === undefined) this.#resolve(transition, isTaken ? 'taken' : 'dead');
    else if (!isDecidedEachTime(transition)) transition.isTakenAtEnd = isTaken;
    else if (isTaken) this.#resolve(transition, 'taken');
  }

  // Loops

  #considerLoop(loop: NaiveLoop | undefined): void {
    if (loop === undefined || loop.hasEnded || loop.isEnding) return;
    const inner = this.#graph.loops.filter(({ parent }) => parent === loop);
    if (![...loop.body].every(({ hasEnded }) => hasEnded) || !inner.every(({ hasEnded }) => hasEnded)) return;
    loop.isEnding = true;
    this.#agenda.soon(() => {
      loop.isEnding = false;
      if (this.#ending !== undefined) return;
      if (loop.isAgain) this.#iterate(loop);
      else this.#endLoop(loop);
    });
  }

  #iterate(loop: NaiveLoop): void {
    startOver(this.#graph, loop);
    loop.header.isJoinDecided = true;
    this.#activateSoon(loop.header, true);
    for (const step of loop.body) this.#considerJoin(step);
  }

  #endLoop(loop: NaiveLoop): void {
    loop.hasEnded = true;
    for (const transition of this.#graph.transitions) {
      if (transition.leaves !== loop) continue;
      this.#resolve(transition, !isDecidedEachTime(transition) && transition.isTakenAtEnd ? 'taken' : 'dead');
    }
    this.#considerLoop(loop.parent);
  }

  // The run's end

  #endByStep(step: NaiveStep): void {
    const { status = 'succeeded', outputs } = step.definition.with ?? {};
    step.output = null;
    this.#end(step, { status: 'succeeded', routes: [] });
    this.#endRun({
      status: status as Status,
      ...(status === 'failed' ? { error: terminalError('IA_RUN_ENDED') } : {}),
      ...(outputs === undefined ? {} : { outputs: outputs as JsonObject }),
    });
  }

  #endRun(ending: Ending): void {
    if (this.#ending !== undefined) return;
    let final = ending;
    if (ending.status === 'succeeded' && ending.outputs === undefined) {
      try {
        final = {
          status: 'succeeded',
          outputs: fillNaively(this.#case.definition.outputs ?? {}, this.#scopeOf()) as JsonObject,
        };
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        final = { status: 'failed', error: terminalError('IA_EXPRESSION_FAILED') };
      }
    }
    this.#ending = final;
    const unfinished = [...this.#graph.steps.values()].filter(({ hasEnded }) => !hasEnded);
    for (const step of unfinished) if (step.status !== 'pending') this.#cancel(step);
    const { on_failure: onFailure } = this.#case.definition.flow ?? {};
    const isAsked = [...this.#graph.steps.values()].some(
      ({ status, definition, error }) =>
        status === 'failed' && definition.on_error === 'compensate' && error !== undefined && error === final.error,
    );
    if (final.status !== 'succeeded' && (onFailure === 'compensate' || isAsked)) this.#compensate();
    else this.#isOver = true;
  }

  #compensate(): void {
    compensateAll({
      agenda: this.#agenda,
      script: this.#case.script,
      done: this.#done,
      record: (line) => this.#compensations.push(line),
      end: () => {
        this.#isOver = true;
      },
    });
  }

  #scopeOf(step?: NaiveStep): NaiveScope {
    const path = step === undefined ? [] : iterationsOf(step);
    const steps = [...this.#graph.steps.values()].map(({ id, status, output }) => [
      id,
      { status, ...(output === undefined ? {} : { output }) },
    ]);
    return { steps: Object.fromEntries(steps), iteration: path.at(-1) ?? 0, iteration_path: path };
  }

  #answer(): Answer {
    const steps = [...this.#graph.steps.values()].map(({ id, lastStatus, executions }) => [
      id,
      { status: lastStatus, iterations: executions },
    ]);
    return {
      status: this.#ending?.status ?? 'pending',
      error: this.#ending?.error?.code,
      outputs: this.#ending?.status === 'succeeded' ? this.#ending.outputs : undefined,
      endedAt: this.#agenda.now,
      endings: this.#endings,
      steps: Object.fromEntries(steps),
      compensations: this.#compensations,
    };
  }
}
