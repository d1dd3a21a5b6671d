import { compilePipeline, projectRun, type EventDraft, type RunEvent, type RunView } from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { evolve } from '../../src/run/evolve.ts';
import { createRunState } from '../../src/run/state.ts';
import { digestOf } from './digest-of.ts';
import type { History } from './history.ts';

export type Replay = { readonly events: readonly EventDraft[]; readonly state: string; readonly view: RunView };

/** What the engine makes of a run that was written earlier: the events it decides on, and what those add up to. */
export const replayHistory = async (history: Pick<History, 'definition' | 'seed' | 'events'>): Promise<Replay> => {
  const { definition, seed, events } = history;
  const plan = compilePipeline(definition);
  const state = createRunState(plan);
  for (const event of events) evolve(plan, state, event, event.at);
  return { events: await replayLog(plan, events, seed), state: digestOf(state), view: projectRun(events, plan) };
};

export const toDraft = ({ runId: _runId, seq: _seq, at: _at, ...draft }: RunEvent): EventDraft => draft;
