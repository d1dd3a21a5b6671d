import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  compilePipeline,
  runInMemory,
  validatePipeline,
  type Json,
  type PipelineDefinition,
  type RunEvent,
  type Status,
} from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';

type Edge = {
  readonly from: number;
  readonly to: number;
  readonly kind: 'plain' | 'when_even' | 'when_odd' | 'default' | 'error';
};
type Join = 'all' | 'any' | { readonly at_least: number };
type Graph = {
  readonly values: readonly number[];
  readonly fails: readonly boolean[];
  readonly joins: readonly Join[];
  readonly edges: readonly Edge[];
};

const KINDS: readonly Edge['kind'][] = ['plain', 'when_even', 'when_odd', 'default', 'error'];

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    values: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: size, maxLength: size }),
    fails: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    joins: fc.array(fc.constantFrom<Join>('all', 'any', { at_least: 2 }), { minLength: size, maxLength: size }),
    edges: fc
      .uniqueArray(
        fc.record({
          from: fc.integer({ min: 0, max: size - 1 }),
          to: fc.integer({ min: 0, max: size - 1 }),
          kind: fc.constantFrom(...KINDS),
        }),
        {
          maxLength: size * 2,
          selector: ({ from, to, kind }) => (kind === 'default' ? `${from}:default` : `${from}:${to}:${kind}`),
        },
      )
      .map((edges) => edges.filter(({ from, to }) => from < to)),
  }),
);

/** A join of two needs two ways in; one that can't have them asks for all instead. */
const joinOf = ({ joins, edges }: Graph, index: number): Join => {
  const join = joins[index] ?? 'all';
  return typeof join === 'object' && edges.filter(({ to }) => to === index).length < join.at_least ? 'all' : join;
};

const toDefinition = (graph: Graph): PipelineDefinition => {
  const { definition, diagnostics } = validatePipeline({
    name: 'random',
    steps: graph.values.map((_, index) => ({
      id: `s${index}`,
      uses: 'test.value',
      on_error: 'continue',
      join: joinOf(graph, index),
    })),
    flow: {
      transitions: graph.edges.map(({ from, to, kind }) => ({
        from: `s${from}`,
        to: `s${to}`,
        ...(kind === 'when_even' ? { condition: `has(steps.s${from}.output) && steps.s${from}.output % 2 == 0` } : {}),
        ...(kind === 'when_odd' ? { condition: `has(steps.s${from}.output) && steps.s${from}.output % 2 == 1` } : {}),
        ...(kind === 'default' ? { default: true } : {}),
        ...(kind === 'error' ? { on: 'error' } : {}),
      })),
    },
  });
  if (definition) return definition;
  throw new Error(diagnostics.map(({ message }) => message).join('\n'));
};

/** What the rulings say, worked out in topological order with no thought for speed. */
const reference = (graph: Graph): Record<string, Status> => {
  const statuses: Status[] = [];
  const taken = new Set<Edge>();
  for (const [index, value] of graph.values.entries()) {
    const incoming = graph.edges.filter(({ to }) => to === index);
    const arrived = incoming.filter((edge) => taken.has(edge)).length;
    const join = joinOf(graph, index);
    const isReady = incoming.length === 0 || arrived > 0;
    const isUnmet = typeof join === 'object' && incoming.length > 0 && arrived < join.at_least;
    const status: Status = isReady ? (isUnmet || graph.fails[index] ? 'failed' : 'succeeded') : 'skipped';
    statuses.push(status);
    const outgoing = graph.edges.filter(({ from }) => from === index);
    for (const edge of takenEdges(outgoing, status, value)) taken.add(edge);
  }
  return Object.fromEntries(statuses.map((status, index) => [`s${index}`, status]));
};

const takenEdges = (outgoing: readonly Edge[], status: Status, value: number): readonly Edge[] => {
  if (status === 'skipped') return [];
  const onError = outgoing.filter(({ kind }) => kind === 'error');
  if (status === 'failed' && onError.length > 0) return onError;
  const isTrue = ({ kind }: Edge): boolean =>
    kind === 'plain' || (status === 'succeeded' && kind === (value % 2 === 0 ? 'when_even' : 'when_odd'));
  const matches = outgoing.filter(isTrue);
  return matches.length > 0 ? matches : outgoing.filter(({ kind }) => kind === 'default');
};

it('ends every random graph as the rulings say, and replays it from its log', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const plan = compilePipeline(toDefinition(graph));
      const events: RunEvent[] = [];
      const { view } = await runInMemory({
        plan,
        clock: 'virtual',
        runId: 'random',
        seed: 7,
        onEvent: (event) => events.push(event),
        executor: {
          execute: ({ stepId }) => {
            const index = Number(stepId.slice(1));
            if (graph.fails[index]) return Promise.reject(new Error('fails'));
            return Promise.resolve<Json>(graph.values[index] ?? 0);
          },
        },
      });
      expect(view.status).toBe('succeeded');
      expect(Object.fromEntries(Object.entries(view.steps).map(([id, { status }]) => [id, status]))).toEqual(
        reference(graph),
      );
      const replayed = await replayLog(plan, events, 7);
      expect(replayed.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    }),
    { numRuns: 300, seed: 20_260_731 },
  );
});

it('never throws on a value of any shape, and always says what is wrong', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.anything(), fc.string()), (value) => {
      const { definition, diagnostics } = validatePipeline(value);
      expect(definition === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
    }),
    { numRuns: 300, seed: 20_260_731 },
  );
});
