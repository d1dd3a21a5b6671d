import { type Cell, formatTable, measureInTurns, type Subject } from '@ia-modules/benchmark';
import { compilePipeline } from '@ia-modules/engine';
import { measureHeap } from './heap.ts';
import { langGraphRunner } from './langgraph.ts';
import { engineRunner, inDegreeRunner, pGraphRunner, promiseRunner, type Runner } from './subjects.ts';
import { chain, fanOut, layered, toDefinition, type Workflow } from './workflow.ts';

const SIZES = [1_000, 10_000, 100_000] as const;
const SHAPES = [chain, fanOut, layered] as const;

/** What LangGraph takes for a step grows with the number of steps: 5,000 would keep the benchmark busy for minutes. */
const LANGGRAPH_MAX_STEPS = 1_000;

const perStep =
  (steps: number, run: Runner): Subject =>
  async () => {
    const startedAt = performance.now();
    await run();
    return ((performance.now() - startedAt) * 1_000) / steps;
  };

const roundsFor = (steps: number): number => (steps >= 100_000 ? 5 : steps >= 10_000 ? 9 : 15);

type StepCost = { readonly name: string; readonly steps: number; readonly costs: Readonly<Record<string, number>> };

const measureWorkflow = async (workflow: Workflow): Promise<StepCost> => {
  const steps = workflow.tasks.length;
  const runners: Readonly<Record<string, Runner>> = {
    engine: engineRunner(workflow),
    inDegree: inDegreeRunner(workflow),
    promises: promiseRunner(workflow),
    pGraph: pGraphRunner(workflow),
  };
  const subjects = Object.fromEntries(Object.entries(runners).map(([name, run]) => [name, perStep(steps, run)]));
  const summaries = await measureInTurns(subjects, { rounds: roundsFor(steps), warmUp: 3 });
  const costs = Object.fromEntries(Object.entries(summaries).map(([name, { median }]) => [name, median]));
  return { name: workflow.name, steps, costs };
};

const measureLangGraph = async (workflow: Workflow): Promise<number> => {
  const subject = perStep(workflow.tasks.length, langGraphRunner(workflow));
  return (await measureInTurns({ langGraph: subject }, { rounds: 3, warmUp: 1 })).langGraph.median;
};

const cell = (value: number | undefined): Cell => value ?? Number.NaN;

/** Time for each step, beside four other ways to run the same graph. */
export const measureStepCost = async (files: readonly Workflow[]) => {
  const rows: Cell[][] = [];
  const engineCosts = new Map<string, number>();
  const workflows = [...SIZES.flatMap((size) => SHAPES.map((shape) => shape(size))), ...files];
  for (const workflow of workflows) {
    const { name, steps, costs } = await measureWorkflow(workflow);
    const langGraph = steps <= LANGGRAPH_MAX_STEPS ? await measureLangGraph(workflow) : undefined;
    engineCosts.set(`${name} ${steps}`, costs['engine'] ?? Number.NaN);
    const values = [costs['engine'], costs['inDegree'], costs['promises'], costs['pGraph'], langGraph];
    rows.push([name, steps, ...values.map(cell)]);
  }
  const header = [
    'no-op steps, µs each',
    'steps',
    'engine',
    'in-degree loop',
    'promise per node',
    'p-graph',
    'LangGraph',
  ];
  return { costs: formatTable(header, rows), growth: growthTable(engineCosts) };
};

/** How much more a step costs in a pipeline ten times as long: 1 is linear. */
const growthTable = (costs: ReadonlyMap<string, number>): string => {
  const ratio = (name: string, steps: number): number =>
    (costs.get(`${name} ${steps * 10}`) ?? Number.NaN) / (costs.get(`${name} ${steps}`) ?? Number.NaN);
  const names = SHAPES.map((shape) => shape(3).name);
  return formatTable(
    ['growth of the engine’s cost of a step', '10,000 ÷ 1,000 steps', '100,000 ÷ 10,000 steps'],
    names.map((name) => [name, ratio(name, 1_000), ratio(name, 10_000)]),
  );
};

/** Heap for each step at the end of a run. */
export const measureStepHeap = async (): Promise<string> => {
  const rows: Cell[][] = [];
  for (const shape of SHAPES) {
    for (const size of [1_000, 10_000]) {
      const workflow = shape(size);
      const heap = await measureHeap(compilePipeline(toDefinition(workflow)), size);
      rows.push([workflow.name, size, heap.totalBytes, heap.stateBytes, heap.eventBytes]);
    }
  }
  return formatTable(['heap at the end of a run, bytes a step', 'steps', 'in all', 'state', 'events'], rows);
};
