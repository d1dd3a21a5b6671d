import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVEN } from './corpus.ts';
import { createNaiveHost, type NaiveHost } from './naive-host.ts';
import { textOf } from './verdict.ts';

describe('without the sandbox', () => {
  const state: { host: NaiveHost | null } = { host: null };
  beforeAll(async () => {
    state.host = await createNaiveHost();
  });
  afterAll(async () => {
    await state.host?.close();
  });

  it.each(PROVEN)('$category: $id fires its canary', async (attempt) => {
    const { fired = [], outcome } = (await state.host?.run(attempt)) ?? {};
    expect(fired.includes(attempt.canary) ? [] : [...fired, outcome && textOf(outcome)]).toEqual([]);
  });
});
