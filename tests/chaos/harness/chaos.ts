import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { createRunFixtures, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import { onTestFinished } from 'vitest';
import { createLoad, type Load } from '../load/load.ts';
import type { LoadPipeline } from '../load/pipelines.ts';
import { createEffectJournal, type EffectJournal } from './effect-journal.ts';
import { seed } from './profile.ts';
import { createRandom, type Random } from './random.ts';
import type { WorkerSettings } from './worker-messages.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** What a scenario works with. All of it is gone when its test has finished, however that ends. */
export type Chaos = {
  readonly database: TestDatabase;
  readonly fixtures: RunFixtures;
  readonly journal: EffectJournal;
  readonly load: Load;
  readonly random: Random;
  readonly startWorker: (settings?: Partial<WorkerSettings>) => WorkerProcess;
};

export type ChaosOptions = Readonly<{
  /** @default a fresh database of the shared test server */
  database?: TestDatabase;
  /** @default all of the load */
  pipelines?: readonly LoadPipeline[];
}>;

/** To be called within a test. */
export const openChaos = async (options: ChaosOptions = {}): Promise<Chaos> => {
  const database = options.database ?? (await createTestDatabase());
  const workers: WorkerProcess[] = [];
  const journal = createEffectJournal();
  const fixtures = createRunFixtures(database.adminUrl);
  let load: Load | undefined;
  onTestFinished(async () => {
    await load?.close();
    await Promise.all(workers.map((worker) => worker.kill()));
    await fixtures.close();
    await database.drop();
    journal.remove();
  });
  const random = createRandom(seed);
  load = await createLoad({ fixtures, random, ...options });
  return {
    database,
    fixtures,
    journal,
    load,
    random,
    startWorker: (settings = {}) => {
      const worker = startWorkerProcess({ databaseUrl: database.urls.worker, journalFile: journal.file, ...settings });
      workers.push(worker);
      return worker;
    },
  };
};
