// A worker in a process of its own, which scenarios kill, freeze and stop. Its steps leave a line in a journal outside of the
// platform for each effect that they perform.
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { openJournal } from './effect-journal.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts';

// Before the runtime is loaded, so that nothing keeps the clock that was.
const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const clock = shiftableClock();
clock.shift(settings.clockOffsetMs);
const { createRuntime } = await import('@ia-modules/runtime-postgres');
const { outcomeOf, readInput } = await import('../load/outcome-of.ts');

const { databaseUrl, journalFile, taskMs, leaseTtlMs, maxConcurrentRuns } = settings;
const journal = openJournal(journalFile);
const warnings: string[] = [];
let endedTerms = 0;
const warn = (fields: object, message: string): void => {
  const cause = 'err' in fields && fields.err instanceof Error ? ` ${fields.err.message}` : '';
  warnings.push(`${message}${cause}`);
};

const noteTerm = (message: string): void => {
  if (message === 'The lease is given back or lost.') endedTerms += 1;
};

const runtime = createRuntime({
  databaseUrl,
  leaseTtlMs,
  maxConcurrentRuns,
  log: { info: (_fields, message) => noteTerm(message), warn, error: warn },
  executorFor: ({ runId }) => ({
    execute: async (request, { signal, emitStarted }) => {
      await emitStarted({ worker: String(process.pid) });
      if (readInput(request.input).kills === true) process.kill(process.pid, 'SIGKILL');
      if (taskMs > 0) await delay(Math.random() * taskMs, undefined, { signal });
      const output = outcomeOf(request);
      const { idempotencyKey, key: taskKey } = request;
      journal.write({ idempotencyKey, runId, taskKey, worker: process.pid });
      return output;
    },
  }),
});

const tell = (message: FromWorker): void => {
  process.send?.(message);
};

process.on('message', (message: ToWorker) => {
  if (message.type === 'shift_clock') clock.shift(message.byMs);
  if (message.type === 'ask') {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    tell({ type: 'state', state: { rssBytes: rss, heapBytes: heapUsed, endedTerms, warnings } });
  }
});
process.on('disconnect', () => process.exit(1));
process.on('SIGTERM', () => {
  void runtime.stop().then(() => {
    journal.close();
    process.exit(0);
  });
});

void runtime.ready.then(() => tell({ type: 'ready' }));
await runtime.leading;
tell({ type: 'leading' });

/** The wall clock alone: timers of the process go on as they would on a machine whose clock somebody sets. */
function shiftableClock(): { shift(byMs: number): void } {
  const RealDate = Date;
  let offsetMs = 0;
  globalThis.Date = class extends RealDate {
    constructor(...args: readonly unknown[]) {
      // @ts-expect-error a Date takes what a Date takes
      super(...(args.length === 0 ? [RealDate.now() + offsetMs] : args));
    }
    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  } as DateConstructor;
  return {
    shift: (byMs) => {
      offsetMs += byMs;
    },
  };
}
