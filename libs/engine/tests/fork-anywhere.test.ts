import { forkRun, type ForkedRun, type MemoryRun, type RunEvent } from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { describe, expect, it } from 'vitest';
import { goldenNames, readGoldenCase, type GoldenCase } from './golden/golden-case.ts';
import { GOLDEN_SEED, runGolden } from './golden/run-golden.ts';

/** Nobody sends a fork what the first run was sent, and its caches are empty. */
const standsAlone = ({ commands, definition }: GoldenCase): boolean =>
  commands === undefined && !JSON.stringify(definition).includes('"cache"');

const placesIn = (events: readonly RunEvent[]): { readonly stepId: string; readonly iteration?: string }[] => {
  const places = events.flatMap(({ stepId, iteration }) =>
    stepId === undefined ? [] : JSON.stringify({ stepId, ...(iteration === undefined ? {} : { iteration }) }),
  );
  return [...new Set(places)].map((place) => JSON.parse(place) as { stepId: string; iteration?: string });
};

/** A fork for each execution of a step; undefined for steps that the log never shows begin. */
const forksOf = (log: readonly RunEvent[]): ForkedRun[] =>
  placesIn(log).flatMap((place) => {
    try {
      return [forkRun({ log, ...place, seed: GOLDEN_SEED })];
    } catch {
      return [];
    }
  });

const courseOf = ({ view }: MemoryRun) => ({
  status: view.status,
  outputs: view.outputs,
  error: view.error?.code,
  compensations: view.compensations,
  steps: Object.values(view.steps).map(({ id, status, output }) => ({ id, status, output })),
});

/** What comes before the point of a fork; its first event names the fork. */
const repeated = (events: readonly RunEvent[]) => {
  const reached = events.findIndex(({ type }) => type === 'fork_reached');
  return events.slice(1, reached === -1 ? undefined : reached).map(({ runId: _runId, ...event }) => event);
};

const cases = goldenNames().map((name) => ({ name, golden: readGoldenCase(name) }));

describe.each(cases.filter(({ golden }) => standsAlone(golden)))('golden pipeline $name', ({ golden }) => {
  it('comes to the same end when it is forked, wherever that is', async () => {
    const { plan, events, run } = await runGolden(golden);
    for (const fork of forksOf(events)) {
      const forked = await runGolden(golden, fork);
      expect(courseOf(forked.run)).toEqual(courseOf(run));
      expect(repeated(forked.events)).toEqual(repeated(events).slice(0, repeated(forked.events).length));
      expect(await replayLog(plan, forked.events, GOLDEN_SEED)).toEqual(
        forked.events.map(({ runId: _runId, seq: _seq, at: _at, ...draft }) => draft),
      );
    }
  });
});
