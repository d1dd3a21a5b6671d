// A worker of its own for the crash tests: its executor leaves a line in a file for each effect.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createRuntime } from '../src/index.ts';

const [databaseUrl = '', effectsFile = '', taskMs = '5', leaseTtlMs = '300'] = process.argv.slice(2);

const runtime = createRuntime({
  databaseUrl,
  leaseTtlMs: Number(leaseTtlMs),
  executorFor: () => ({
    execute: async (request, { signal, emitStarted }) => {
      await emitStarted({ worker: String(process.pid) });
      await delay(Number(taskMs), undefined, { signal });
      appendFileSync(effectsFile, `${request.idempotencyKey}\n`);
      return { worker: process.pid };
    },
  }),
});

await runtime.leading;
process.stdout.write('leading\n');
