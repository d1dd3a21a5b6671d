/**
 * Measures the two CEL libraries that the engine could stand on, and what the engine makes of the one that it does:
 * how fast 1,000 expressions are made ready, here and in a fresh process, how fast they are evaluated, what they hold, and how
 * each answers what the language needs. The figures of docs/adr/0010 come from it.
 *
 *   node --expose-gc --conditions=ia-src bench/expression.ts
 */
import { execFileSync } from 'node:child_process';
import { formatTable } from '@ia-modules/benchmark';
import { candidates, type Candidate } from './expression/candidates.ts';
import { needs, show } from './expression/needs.ts';
import { createSamples, sampleScope } from './expression/samples.ts';

const EXPRESSIONS = 1_000;
const ROUNDS = 32;
const FRESH_PROCESSES = 7;
const EVALUATIONS = 10;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** CPU time of this thread, as the machine may have other work. */
const cpuMs = (action: () => void): number => {
  const before = process.threadCpuUsage();
  action();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
};

const readyMs = ({ compile }: Candidate, round: number): number => {
  const samples = createSamples(EXPRESSIONS, round);
  return cpuMs(() => {
    for (const source of samples) compile(source);
  });
};

const evaluationUs = ({ compile }: Candidate, round: number): number => {
  const evaluations = createSamples(EXPRESSIONS, round).map(compile);
  const run = (): void => {
    for (const evaluate of evaluations) {
      try {
        evaluate(sampleScope);
      } catch {
        // One that can't mix numbers fails, and is measured as that.
      }
    }
  };
  run();
  const timeMs = cpuMs(() => {
    for (let turn = 0; turn < EVALUATIONS; turn += 1) run();
  });
  return (timeMs * 1_000) / (EXPRESSIONS * EVALUATIONS);
};

const heldBytes = ({ compile }: Candidate): number => {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const held = createSamples(EXPRESSIONS, ROUNDS + 1).map(compile);
  for (const evaluate of held) {
    try {
      evaluate(sampleScope);
    } catch {
      // As above.
    }
  }
  globalThis.gc?.();
  const after = process.memoryUsage().heapUsed;
  return held.length === 0 ? 0 : (after - before) / held.length;
};

const freshMs = (name: string): number => {
  const flags = ['--expose-gc', '--conditions=ia-src', import.meta.filename, '--fresh', name];
  return Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
};

const measure = (): void => {
  const times = candidates.map((candidate) => ({ candidate, ready: [] as number[], evaluation: [] as number[] }));
  for (let round = 0; round < ROUNDS; round += 1) {
    // In another order each round, so that none has the warmer machine.
    for (let turn = 0; turn < times.length; turn += 1) {
      const entry = times[(round + turn) % times.length];
      entry?.ready.push(readyMs(entry.candidate, round));
      entry?.evaluation.push(evaluationUs(entry.candidate, round));
    }
  }
  const rows = times.map(({ candidate, ready, evaluation }) => [
    candidate.name,
    median(ready).toFixed(1),
    median(Array.from({ length: FRESH_PROCESSES }, () => freshMs(candidate.name))).toFixed(1),
    median(evaluation).toFixed(1),
    (heldBytes(candidate) / 1_024).toFixed(1),
  ]);
  const header = ['', `${EXPRESSIONS} ready, ms`, 'in a fresh process, ms', 'one evaluation, µs', 'held by one, KiB'];
  process.stdout.write(`${formatTable(header, rows)}\n\n`);
  const answers = needs.map((need) => [need.name, ...candidates.map((candidate) => show(candidate, need))]);
  process.stdout.write(`${formatTable(['need', ...candidates.map(({ name }) => name)], answers)}\n`);
};

const fresh = process.argv[2] === '--fresh' ? candidates.find(({ name }) => name === process.argv[3]) : undefined;
if (fresh) process.stdout.write(String(readyMs(fresh, 0)));
else measure();
