/**
 * Measures what the engine itself costs per step: no-op pipelines of several shapes, and real workflows given as JSON files
 * (`{name, tasks: [{id, deps}]}`) on the command line. The baseline runs the same graph with an in-degree count and one promise per node.
 *
 *   node --expose-gc --conditions=ia-src bench/engine.ts [workflow.json …]
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  compilePipeline,
  interpret,
  validatePipeline,
  type DurableContext,
  type PipelineDefinition,
} from '@ia-modules/engine';

type Workflow = {
  readonly name: string;
  readonly tasks: readonly { readonly id: string; readonly deps: readonly string[] }[];
};

const ROUNDS = 7;

const chain = (length: number): Workflow => ({
  name: `chain-${length}`,
  tasks: Array.from({ length }, (_, index) => ({ id: `s${index}`, deps: index === 0 ? [] : [`s${index - 1}`] })),
});

const layers = (width: number, depth: number): Workflow => ({
  name: `layers-${width}x${depth}`,
  tasks: Array.from({ length: width * depth }, (_, index) => {
    const layer = Math.floor(index / width);
    const above = (column: number): string => `s${(layer - 1) * width + (column % width)}`;
    return { id: `s${index}`, deps: layer === 0 ? [] : [above(index), above(index + 1)] };
  }),
});

const toDefinition = ({ name, tasks }: Workflow): PipelineDefinition => {
  const ids = new Map(tasks.map(({ id }, index) => [id, `t${index}`]));
  const value = {
    name,
    steps: tasks.map(({ id }) => ({ id: ids.get(id) ?? '', uses: 'core.noop' })),
    flow: {
      transitions: tasks.flatMap(({ id, deps }) =>
        deps.map((dep) => ({ from: ids.get(dep) ?? '', to: ids.get(id) ?? '' })),
      ),
    },
  };
  const { definition, diagnostics } = validatePipeline(value);
  if (definition) return definition;
  throw new Error(`${name}: ${diagnostics[0]?.message}`);
};

/** A context that keeps the events and nothing else. */
const createContext = (): DurableContext & { readonly events: unknown[] } => {
  const events: unknown[] = [];
  const never = (): never => {
    throw new Error('A no-op pipeline needs nothing from outside.');
  };
  return {
    runId: 'bench',
    seed: 1,
    events,
    now: () => 0,
    emit: (batch) => {
      for (const event of batch) events.push(event);
    },
    task: never,
    cancelTask: never,
    timer: never,
    cancelTimer: never,
    next: () => new Promise(() => {}),
  };
};

const runBaseline = async ({ tasks }: Workflow): Promise<Map<string, object>> => {
  const indexes = new Map(tasks.map(({ id }, index) => [id, index]));
  const targets: number[][] = tasks.map(() => []);
  const open = tasks.map(({ deps }) => deps.length);
  for (const [index, { deps }] of tasks.entries()) for (const dep of deps) targets[indexes.get(dep) ?? -1]?.push(index);
  const outputs = new Map<string, object>();
  let ready = [...open.keys()].filter((index) => open[index] === 0);
  while (ready.length > 0) {
    const next: number[] = [];
    await Promise.all(
      ready.map(async (index) => {
        outputs.set(tasks[index]?.id ?? '', {});
        for (const target of targets[index] ?? []) {
          open[target] = (open[target] ?? 0) - 1;
          if (open[target] === 0) next.push(target);
        }
      }),
    );
    ready = next;
  }
  return outputs;
};

type Measured = { readonly microseconds: number; readonly bytes: number };

/** One run: its time, and what it still holds when it has ended. In a function of its own, so that nothing outlives it. */
const measureOnce = async (
  run: () => Promise<object>,
): Promise<{ readonly timeMs: number; readonly sizeBytes: number }> => {
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const startMs = performance.now();
  const held = [await run()];
  const timeMs = performance.now() - startMs;
  globalThis.gc?.();
  const sizeBytes = process.memoryUsage().heapUsed - heapBefore;
  held.pop();
  return { timeMs, sizeBytes };
};

/** The median of several rounds, per step. */
const measure = async (steps: number, run: () => Promise<object>): Promise<Measured> => {
  await run();
  const times: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { timeMs, sizeBytes } = await measureOnce(run);
    times.push(timeMs);
    sizes.push(sizeBytes);
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { microseconds: (median(times) * 1_000) / steps, bytes: Math.max(0, median(sizes)) / steps };
};

const workflows: Workflow[] = [
  chain(1_000),
  layers(100, 10),
  chain(100_000),
  layers(1_000, 100),
  ...process.argv
    .slice(2)
    .map((file) => ({ ...(JSON.parse(readFileSync(file, 'utf8')) as Workflow), name: basename(file, '.json') })),
];

if (globalThis.gc === undefined) console.warn('Without --expose-gc the bytes mean little.');
const rows = [];
for (const workflow of workflows) {
  const steps = workflow.tasks.length;
  const startMs = performance.now();
  const definition = toDefinition(workflow);
  const validated = performance.now();
  const plan = compilePipeline(definition);
  const compiled = performance.now();
  const engine = await measure(steps, async () => {
    const context = createContext();
    await interpret({ plan, context, parameters: {} });
    return context.events;
  });
  const baseline = await measure(steps, () => runBaseline(workflow));
  rows.push({
    pipeline: workflow.name,
    steps,
    'validate µs/step': ((validated - startMs) * 1_000) / steps,
    'compile µs/step': ((compiled - validated) * 1_000) / steps,
    'run µs/step': engine.microseconds,
    'run bytes/step': engine.bytes,
    'baseline µs/step': baseline.microseconds,
    'baseline bytes/step': baseline.bytes,
  });
}
console.table(
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toFixed(2)) : value]),
    ),
  ),
);
