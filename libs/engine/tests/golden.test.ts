import { describe, expect, it } from 'vitest';
import { isTerminal, projectRun, type EventDraft, type Plan, type RunEvent } from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { createRunState, stepStatus, type RunState } from '../src/run/state.ts';
import { evolve } from '../src/run/evolve.ts';
import { findMissingEvent, observe, spellOut } from './golden/expectation.ts';
import { GOLDEN_FOLDER, goldenNames, readGoldenCase } from './golden/golden-case.ts';
import { GOLDEN_SEED, runGolden } from './golden/run-golden.ts';

const print = (events: readonly RunEvent[]): string =>
  `[\n${events.map((event) => `  ${JSON.stringify(event)}`).join(',\n')}\n]\n`;

const toDraft = ({ runId: _runId, seq: _seq, at: _at, ...draft }: RunEvent): Omit<RunEvent, 'runId' | 'seq' | 'at'> =>
  draft;

const prefixesOf = (events: readonly RunEvent[]): (readonly RunEvent[])[] =>
  events.map((_, index) => events.slice(0, index + 1));

const fold = (plan: Plan, events: readonly RunEvent[]): RunState => {
  const state = createRunState(plan);
  for (const event of events) evolve(plan, state, event, event.at);
  return state;
};

describe.each(goldenNames())('golden pipeline %s', (name) => {
  const golden = readGoldenCase(name);

  it(`does what it says: ${golden.ruling}`, async () => {
    const outcome = await runGolden(golden);
    expect(observe(golden.expect, outcome)).toEqual(spellOut(golden.expect));
    expect(findMissingEvent(golden.expect.events ?? [], outcome.events)).toBeUndefined();
  });

  it('writes its log', async () => {
    const { events } = await runGolden(golden);
    await expect(print(events)).toMatchFileSnapshot(new URL(`${name}.log.json`, GOLDEN_FOLDER).pathname);
  });

  it('writes the same log when it is replayed from it, wherever it ends', async () => {
    const { plan, events } = await runGolden(golden);
    expect(await replayLog(plan, events, GOLDEN_SEED)).toEqual(events.map(toDraft));
    for (const prefix of prefixesOf(events)) {
      const written: readonly EventDraft[] = await replayLog(plan, prefix, GOLDEN_SEED);
      expect(written.slice(0, prefix.length)).toEqual(prefix.map(toDraft));
    }
  });

  it('comes to the same state when the log is folded, wherever it ends', async () => {
    const { plan, events, run } = await runGolden(golden);
    const live = createRunState(plan);
    for (const prefix of prefixesOf(events)) {
      const [last] = prefix.slice(-1);
      if (last !== undefined) evolve(plan, live, last, last.at);
      expect(fold(plan, prefix)).toEqual(live);
    }
    expect(live.status).toBe(run.view.status);
    const isOver = isTerminal(live.status);
    expect(isOver ? live.activities.size : 0).toBe(0);
    for (const [index, id] of plan.stepIds.entries()) {
      const status = stepStatus(live, index);
      expect(isOver && status === 'pending' ? 'skipped' : status).toBe(run.view.steps[id]?.status);
    }
    expect(projectRun(events, plan)).toEqual(run.view);
  });
});
