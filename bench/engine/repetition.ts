import { type Cell, formatTable, measureInTurns } from '@ia-modules/benchmark';
import { compilePipeline, type Plan, runInMemory, type PipelineDefinition } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { runPlan } from './subjects.ts';
import { chain, toDefinition } from './workflow.ts';

const ROUNDS = 5;

const loopOf = (iterations: number): PipelineDefinition => ({
  name: 'loop',
  steps: [
    { id: 'count', uses: 'core.noop', with: { round: '{{ iteration }}' } },
    { id: 'again', uses: 'core.noop' },
  ],
  flow: {
    transitions: [
      { from: 'count', to: 'again' },
      { from: 'again', to: 'count', loop: { max_iterations: iterations } },
    ],
  },
});

const mapOf = (uses: string): PipelineDefinition => ({
  name: 'map',
  parameters: { type: 'object', properties: { items: { type: 'array' } } },
  steps: [{ id: 'each', uses, for_each: { items: '{{ parameters.items }}' }, with: { value: '{{ item }}' } }],
});

const numbers = (count: number): Json[] => Array.from({ length: count }, (_, index) => index);

/** An attempt that ends in a later turn of the event loop's microtasks, as work that is done elsewhere does at the least. */
const echo = async (input: Json): Promise<Json> => input;

/** A run in memory that calls an executor for every step or item. */
const runTasks = async (plan: Plan, parameters: JsonObject): Promise<void> => {
  const { view } = await runInMemory({ plan, parameters, executor: { execute: ({ input }) => echo(input) } });
  if (view.status !== 'succeeded') throw new Error(`${plan.definition.name}: ${view.error?.message ?? view.status}`);
};

const awaitEach = async (count: number): Promise<void> => {
  const outputs: Json[] = [];
  for (let index = 0; index < count; index += 1) outputs.push(await echo({ value: index }));
};

const awaitAll = async (count: number): Promise<void> => {
  await Promise.all(Array.from({ length: count }, (_, value) => echo({ value })));
};

type Case = { readonly name: string; readonly count: number; readonly run: () => Promise<unknown> };

const casesFor = (count: number): Case[] => {
  const loop = compilePipeline(loopOf(count));
  const map = compilePipeline(mapOf('core.noop'));
  const taskMap = compilePipeline(mapOf('demo.echo'));
  const line = toDefinition(chain(count));
  const taskLine = compilePipeline({ ...line, steps: line.steps.map((step) => ({ ...step, uses: 'demo.echo' })) });
  const items = numbers(count);
  return [
    { name: 'iterations of a loop of two steps', count, run: () => runPlan(loop) },
    { name: 'items of a map, no-op', count, run: () => runPlan(map, { items }) },
    { name: 'items of a map, tasks in memory', count, run: () => runTasks(taskMap, { items }) },
    { name: 'Promise.all over the same function', count, run: () => awaitAll(count) },
    { name: 'steps in a line, tasks in memory', count, run: () => runTasks(taskLine, {}) },
    { name: 'await of the same function in a row', count, run: () => awaitEach(count) },
  ];
};

const microseconds = async ({ name, count, run }: Case): Promise<number> => {
  const subject = async (): Promise<number> => {
    const startedAt = performance.now();
    await run();
    return ((performance.now() - startedAt) * 1_000) / count;
  };
  const summaries = await measureInTurns({ [name]: subject }, { rounds: ROUNDS, warmUp: 1 });
  return summaries[name]?.median ?? Number.NaN;
};

/** Loops and maps of two sizes: what one more iteration, item or task costs, and whether that stays the same. */
export const measureRepetition = async (): Promise<string> => {
  const small = casesFor(10_000);
  const large = casesFor(100_000);
  const rows: Cell[][] = [];
  for (const [index, one] of small.entries()) {
    const other = large[index];
    if (other === undefined) continue;
    const [few, many] = [await microseconds(one), await microseconds(other)];
    rows.push([one.name, few, many, many / few, 1_000_000 / many]);
  }
  return formatTable(['what is repeated', 'µs each of 10,000', 'µs each of 100,000', 'growth', 'per second'], rows);
};
