import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CageKind } from '../../src/index.ts';
import { CORPUS } from './corpus.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { createSandboxHost, type SandboxHost } from './sandbox-host.ts';
import { complaintsOf } from './verdict.ts';

/** A canary that fires complains at all attempts that run at that moment. */
const AT_ONCE = 3;

/** Runs the corpus in cages of these kinds. */
export const describeInSandbox = (name: string, cages?: readonly CageKind[]): void => {
  describe(`in ${name}`, () => {
    const state: { host: SandboxHost | null; lanes: Lanes<SandboxHost> | null } = { host: null, lanes: null };
    const host = (): SandboxHost => {
      if (state.host === null) throw new Error('The host has not started.');
      return state.host;
    };
    beforeAll(async () => {
      const started = await createSandboxHost(cages);
      state.host = started;
      state.lanes = createLanes(Array.from({ length: AT_ONCE }, () => started));
    });
    afterAll(async () => {
      await state.host?.close();
    });

    it('there is a cage', () => {
      expect(host().cage).not.toBeNull();
    });

    it.concurrent.each(CORPUS)('$category: $id fires no canary', async (attempt) => {
      const verdict = await state.lanes?.((lane) => lane.run(attempt));
      expect(verdict === undefined ? ['the host has not started'] : complaintsOf(attempt, verdict)).toEqual([]);
    });

    it('nothing is left running when the pool ends', async () => {
      expect(await host().close()).toEqual([]);
    });
  });
};
