import { DBOS } from '@dbos-inc/dbos-sdk';
import { pinnedVersion } from './pinned-version.ts';
import { MOST_AT_ONCE } from './scale.ts';
import { STEPS, type Subject, timeRun } from './subject.ts';

const tenSteps = async (): Promise<number> => {
  let done = 0;
  for (let step = 1; step <= STEPS; step += 1) done += await DBOS.runStep(async () => 1, { name: `step ${step}` });
  return done;
};

export const dbos: Subject = {
  name: 'DBOS',
  method: `${pinnedVersion('@dbos-inc/dbos-sdk')}, a workflow of ${STEPS} \`runStep\`, started and awaited in this process`,
  open: async (server) => {
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: await server.createDatabase('dbos'),
      systemDatabasePoolSize: MOST_AT_ONCE,
      logLevel: 'error',
    });
    const workflow = DBOS.registerWorkflow(tenSteps, { name: 'ten steps' });
    await DBOS.launch();
    const run = async (): Promise<number> => (await DBOS.startWorkflow(workflow)()).getResult();
    return { start: timeRun(run), [Symbol.asyncDispose]: () => DBOS.shutdown() };
  },
};
