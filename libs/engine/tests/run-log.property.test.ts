import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createProjection,
  isTerminal,
  projectRun,
  type EventDraft,
  type Plan,
  type RunEvent,
} from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { decide } from '../src/run/decide.ts';
import { evolve } from '../src/run/evolve.ts';
import { createRunState, type RunState } from '../src/run/state.ts';
import { arbitraryRun, type ArbitraryRun } from './reference/arbitrary-run.ts';
import { planOf, runToRest } from './reference/run-to-rest.ts';
import type { SimulatedContext } from './reference/simulated-context.ts';

const SEED = 20_260_731;

const runPast = async ({ definition, script, fromOutside }: ArbitraryRun) => {
  const plan = planOf(definition);
  const { context, rest } = await runToRest(plan, script, fromOutside);
  fc.pre(rest !== 'too_long');
  return { plan, context };
};

const toDraft = ({ runId: _runId, seq: _seq, at: _at, ...draft }: RunEvent): EventDraft => draft;

const fold = (plan: Plan, events: readonly RunEvent[]): RunState => {
  const state = createRunState(plan);
  for (const event of events) evolve(plan, state, event, event.at);
  return state;
};

/** Steps that are ready but not looked at yet, rather than the queue they stand in. */
const comparable = ({ agenda, agendaHead, ...state }: RunState) => ({
  ...state,
  ready: agenda.slice(agendaHead).filter((index) => state.decided[index] === 1),
});

/** Decides again what was decided in a run, with all that this leaves in memory; gives the state and the events so far. */
function* relive(plan: Plan, { runId, seed, events, settlements }: SimulatedContext) {
  const [first] = events;
  if (first?.type !== 'run_started') throw new Error('A log starts with run_started.');
  const state = createRunState(plan);
  let eventCount = 0;
  const stimuli: { readonly now: number; readonly stimulus: Parameters<typeof decide>[2]['stimulus'] }[] = [
    { now: first.at, stimulus: { kind: 'started', ...first.data } },
    ...settlements.map(({ at, settled }) => ({ now: at, stimulus: settled })),
  ];
  for (const { now, stimulus } of stimuli) {
    eventCount += decide(plan, state, { stimulus, facts: { runId, seed, now } }).events.length;
    yield { state, eventCount };
  }
}

it('comes to the state of the live run by folding any part of its log', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, async (run) => {
      const { plan, context } = await runPast(run);
      for (const { state, eventCount } of relive(plan, context)) {
        expect(comparable(fold(plan, context.events.slice(0, eventCount)))).toEqual(comparable(state));
      }
    }),
    { numRuns: 150, seed: SEED },
  );
});

it('folds a log to the same state every time, and goes the same way when replayed', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, async (run) => {
      const { plan, context } = await runPast(run);
      const { events, seed } = context;
      const state = fold(plan, events);
      expect(fold(plan, structuredClone(events))).toEqual(state);
      const replayed = isTerminal(state.status) ? await replayLog(plan, events, seed) : events.map(toDraft);
      expect(replayed).toEqual(events.map(toDraft));
    }),
    { numRuns: 300, seed: SEED },
  );
});

it('shows the same run whether its events are projected one by one or as a whole', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, fc.nat(1_000), async (run, cut) => {
      const { plan, context } = await runPast(run);
      const { events } = context;
      const seen = events.slice(0, cut % (events.length + 1));
      const projection = createProjection(plan);
      for (const event of seen) projection.apply(event);
      expect(projection.view).toEqual(projectRun(seen, plan));
      for (const event of events.slice(seen.length)) projection.apply(event);
      expect(projection.view).toEqual(projectRun(events, plan));
    }),
    { numRuns: 300, seed: SEED },
  );
});
