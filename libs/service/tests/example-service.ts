// A service for the tests of its process: what it does is named on its command line.
import { type RunningService, readSettings, runService, setting } from '@ia-modules/service';
import { z } from 'zod';

const environmentSchema = z.object({ PORT: setting.port, LOG_LEVEL: setting.logLevel });
const behaviour = process.argv[2];

const start = async (): Promise<RunningService> => {
  // Work that goes on by itself: nothing but a stop ends the process.
  setInterval(() => {}, 1_000);
  process.send?.({ type: 'starting' });
  if (behaviour === 'starts for ever') await new Promise(() => {});
  if (behaviour === 'fails to start') throw new Error('There is no disk.');
  return {
    url: 'http://localhost:1',
    stop: async () => {
      if (behaviour === 'fails to stop') throw new Error('There is no way out.');
    },
  };
};

await runService({
  name: 'example',
  readConfig: (environment) => {
    const settings = readSettings(environmentSchema, environment, { of: 'example', hint: 'Set PORT.' });
    return { logLevel: settings.LOG_LEVEL };
  },
  start,
});
