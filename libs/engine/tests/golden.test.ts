import { describe, expect, it } from 'vitest';
import { projectRun, type RunEvent } from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { createRunState } from '../src/run/state.ts';
import { evolve } from '../src/run/evolve.ts';
import { findMissingEvent, observe, spellOut } from './golden/expectation.ts';
import { GOLDEN_FOLDER, goldenNames, readGoldenCase } from './golden/golden-case.ts';
import { GOLDEN_SEED, runGolden } from './golden/run-golden.ts';

const print = (events: readonly RunEvent[]): string =>
  `[\n${events.map((event) => `  ${JSON.stringify(event)}`).join(',\n')}\n]\n`;

const toDraft = ({ runId: _runId, seq: _seq, at: _at, ...draft }: RunEvent) => draft;

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

  it('writes the same log when it is replayed from it', async () => {
    const { plan, events } = await runGolden(golden);
    expect(await replayLog(plan, events, GOLDEN_SEED)).toEqual(events.map(toDraft));
  });

  it('comes to the same state when the log is folded', async () => {
    const { plan, events, run } = await runGolden(golden);
    const state = createRunState(plan);
    for (const event of events) evolve(plan, state, event, event.at);
    expect(state.status).toBe(run.view.status);
    expect(projectRun(events, plan)).toEqual(run.view);
  });
});
