import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CORPUS } from './corpus.ts';
import { createSandboxHost, type SandboxHost } from './sandbox-host.ts';

const ROUNDS = 2;
const AT_ONCE = 3;

/** Runs attempts beside each other, and honest calls beside all of them: what they share is what they might break. */
export const describeAtOnce = (): void => {
  describe('all at once', () => {
    const state: { host: SandboxHost | null } = { host: null };
    beforeAll(async () => {
      state.host = await createSandboxHost();
    });
    afterAll(async () => {
      await state.host?.close();
    });

    it('no canary fires, and every honest call is answered', async () => {
      const { host } = state;
      if (host === null) throw new Error('The host has not started.');
      const rest = Array.from({ length: ROUNDS }, () => CORPUS).flat();
      const complaints: string[] = [];
      const lane = async (): Promise<void> => {
        for (let attempt = rest.pop(); attempt !== undefined; attempt = rest.pop()) {
          const { fired, isServing } = await host.run(attempt);
          if (fired.length > 0) complaints.push(`${attempt.id}: ${fired.join()}`);
          if (!isServing) complaints.push(`${attempt.id}: nobody else is served`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      expect(complaints).toEqual([]);
    });
  });
};
