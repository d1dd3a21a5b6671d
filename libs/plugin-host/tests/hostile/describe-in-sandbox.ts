import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CageKind } from '../../src/index.ts';
import { CORPUS } from './corpus.ts';
import { createSandboxHost, type SandboxHost } from './sandbox-host.ts';
import { complaintsOf } from './verdict.ts';

/** Runs the corpus in cages of these kinds. */
export const describeInSandbox = (name: string, cages?: readonly CageKind[]): void => {
  describe(`in ${name}`, () => {
    const state: { host: SandboxHost | null } = { host: null };
    const host = (): SandboxHost => {
      if (state.host === null) throw new Error('The host has not started.');
      return state.host;
    };
    beforeAll(async () => {
      state.host = await createSandboxHost(cages);
    });
    afterAll(async () => {
      await state.host?.close();
    });

    it('there is a cage', () => {
      expect(host().cage).not.toBeNull();
    });

    it.each(CORPUS)('$category: $id fires no canary', async (attempt) => {
      expect(complaintsOf(attempt, await host().run(attempt))).toEqual([]);
    });

    it('nothing is left running when the pool ends', async () => {
      expect(await host().close()).toEqual([]);
    });
  });
};
