import { compilePipeline, interpret, type Plan } from '@ia-modules/engine';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { PGraph } from 'p-graph';
import { createRecordingContext } from './recording-context.ts';
import { toDefinition, type Workflow } from './workflow.ts';

/** Something that runs a workflow whose tasks do nothing; what it needs to know of the graph is worked out beforehand. */
export type Runner = () => Promise<unknown>;

/** Runs a plan to its end in the core alone. @throws Error when the run fails */
export const runPlan = async (plan: Plan, parameters: JsonObject = {}): Promise<readonly unknown[]> => {
  const context = createRecordingContext({ keepsEvents: true });
  await interpret({ plan, context, parameters });
  if (context.counts.lastType === 'run_succeeded') return context.events;
  throw new Error(`${plan.definition.name} ended with ${JSON.stringify(context.events.at(-1)?.data)}`);
};

export const engineRunner = (workflow: Workflow): Runner => {
  const plan = compilePipeline(toDefinition(workflow));
  return () => runPlan(plan);
};

type IndexedGraph = {
  readonly incoming: readonly (readonly number[])[];
  readonly outgoing: readonly (readonly number[])[];
};

const indexGraph = ({ tasks }: Workflow): IndexedGraph => {
  const indexOf = new Map(tasks.map(({ id }, index) => [id, index]));
  const incoming = tasks.map(({ deps }) => deps.map((dep) => indexOf.get(dep) ?? -1));
  const outgoing: number[][] = tasks.map(() => []);
  for (const [index, sources] of incoming.entries()) for (const source of sources) outgoing[source]?.push(index);
  return { incoming, outgoing };
};

const doNothing = (): object => ({});

/** The least that running a graph can cost: a count of open dependencies for each node. */
export const inDegreeRunner = (workflow: Workflow): Runner => {
  const { incoming, outgoing } = indexGraph(workflow);
  return async () => {
    const open = Int32Array.from(incoming, (sources) => sources.length);
    const outputs: object[] = Array.from({ length: open.length });
    const ready = [...open.keys()].filter((index) => open[index] === 0);
    for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
      outputs[index] = doNothing();
      for (const target of outgoing[index] ?? []) {
        const left = (open[target] ?? 0) - 1;
        open[target] = left;
        if (left === 0) ready.push(target);
      }
    }
    return outputs;
  };
};

/** What a script would do: one promise a node, each awaiting those of its dependencies. */
export const promiseRunner = (workflow: Workflow): Runner => {
  const { incoming } = indexGraph(workflow);
  const order = topologicalOrder(workflow);
  return async () => {
    const promises: Promise<object>[] = Array.from({ length: incoming.length });
    for (const index of order) {
      const sources = (incoming[index] ?? []).flatMap((source) => promises[source] ?? []);
      promises[index] = Promise.all(sources).then(doNothing);
    }
    return Promise.all(promises);
  };
};

const topologicalOrder = (workflow: Workflow): number[] => {
  const { incoming, outgoing } = indexGraph(workflow);
  const open = incoming.map((sources) => sources.length);
  const order = [...open.keys()].filter((index) => open[index] === 0);
  for (const index of order) {
    for (const target of outgoing[index] ?? []) {
      open[target] = (open[target] ?? 0) - 1;
      if (open[target] === 0) order.push(target);
    }
  }
  return order;
};

export const pGraphRunner = ({ tasks }: Workflow): Runner => {
  const nodes = new Map(tasks.map(({ id }) => [id, { run: doNothing }]));
  const edges = tasks.flatMap(({ id, deps }) => deps.map((dep): [string, string] => [dep, id]));
  return () => new PGraph(nodes, edges).run();
};
