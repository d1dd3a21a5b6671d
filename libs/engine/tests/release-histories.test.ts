import { describe, expect, it } from 'vitest';
import { engineVersion, readHistories, releases } from './histories/history.ts';
import { replayHistory, toDraft } from './histories/replay-history.ts';

it('has histories of the present version', () => {
  expect(releases()).toContain(engineVersion());
});

describe.each(releases())('runs that release %s wrote', (version) => {
  it.each(readHistories(version).map((history) => [history.name, history] as const))(
    'go on as they would have: %s',
    async (_, history) => {
      const replay = await replayHistory(history);
      expect(replay.events).toEqual(history.events.map(toDraft));
      expect(replay.view).toEqual(history.view);
      expect(replay.state).toBe(history.state);
    },
  );
});
