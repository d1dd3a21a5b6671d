import type { SandboxPoolOptions } from '@ia-modules/plugin-host';
import { openRehearsalSandbox } from './rehearsal-sandbox.ts';
import { type Rehearsals, type RehearsalsOptions, startRehearsals } from './rehearsals.ts';

export type OpenRehearsalsOptions = Omit<RehearsalsOptions, 'sandbox'> & {
  readonly processes: Pick<SandboxPoolOptions, 'level' | 'onProcess'>;
};

/** Works on rehearsals, in a sandbox of their own. */
export const openRehearsals = async ({ processes, ...options }: OpenRehearsalsOptions): Promise<Rehearsals> => {
  const sandbox = await openRehearsalSandbox(processes);
  const rehearsals = startRehearsals({ ...options, sandbox });
  return {
    stop: async () => {
      await rehearsals.stop();
      await sandbox.close();
    },
  };
};
