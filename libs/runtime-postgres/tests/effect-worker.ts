// A worker of its own for tests of what becomes of attempts when their process ends: its executor leaves a line in a file for each
// effect. `test.hang` then never ends, and `test.die` ends the process with all that goes on in it.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createRuntime } from '../src/index.ts';

const [databaseUrl = '', effectsFile = '', leaseTtlMs = '300'] = process.argv.slice(2);

const runtime = createRuntime({
  databaseUrl,
  leaseTtlMs: Number(leaseTtlMs),
  executorFor: () => ({
    execute: async (request, { signal, emitStarted }) => {
      await emitStarted({ worker: String(process.pid) });
      appendFileSync(effectsFile, `${request.idempotencyKey}\n`);
      if (request.uses === 'test.die') process.abort();
      if (request.uses === 'test.hang') await delay(600_000, undefined, { signal });
      return { worker: process.pid };
    },
  }),
});

process.once('SIGTERM', () => {
  void runtime.stop();
});

await runtime.leading;
process.stdout.write('leading\n');
