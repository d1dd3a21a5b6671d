import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVEN } from './corpus.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { createNaiveHost, type NaiveHost } from './naive-host.ts';
import { textOf } from './verdict.ts';

/** Each with canaries of its own, so that each attempt is seen to fire its own. */
const HOSTS = 2;

describe('without the sandbox', () => {
  const state: { hosts: readonly NaiveHost[]; lanes: Lanes<NaiveHost> | null } = { hosts: [], lanes: null };
  beforeAll(async () => {
    state.hosts = await Promise.all(Array.from({ length: HOSTS }, createNaiveHost));
    state.lanes = createLanes(state.hosts);
  });
  afterAll(async () => {
    for (const host of state.hosts) await host.close();
  });

  it.concurrent.each(PROVEN)('$category: $id fires its canary', async (attempt) => {
    const { fired = [], outcome } = (await state.lanes?.((host) => host.run(attempt))) ?? {};
    expect(fired.includes(attempt.canary) ? [] : [...fired, outcome && textOf(outcome)]).toEqual([]);
  });
});
