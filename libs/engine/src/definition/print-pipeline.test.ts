import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePipelineText } from './parse-pipeline-text.ts';
import { printCanonical, printPipeline } from './print-pipeline.ts';
import { pipelineSchema, type PipelineDefinition } from './schema.ts';

/** Where each key stands that the language knows, outermost first. */
const keysOf = (text: string): string[] => [...text.matchAll(/^ *"(\w+)":/gm)].map(([, key]) => key ?? '');

it('prints keys in the order of the language', () => {
  const text = printCanonical({
    unknown: 1,
    flow: {
      transitions: [
        {
          condition: { type: 'not', condition: { value: 3, operator: 'equals', source: 'x', type: 'expression' } },
          loop: { on_exhausted: 'fail', max_iterations: 2 },
          to: 'b',
          from: 'a',
        },
      ],
    },
    steps: [{ for_each: { for_each: { max_parallel: 1, items: [] }, items: [] }, uses: 'core.noop', id: 'a' }],
    name: 'x',
  });
  expect(keysOf(text).join(' ')).toBe(
    'name steps id uses for_each items for_each items max_parallel flow transitions from to ' +
      'condition type condition type source operator value loop max_iterations on_exhausted unknown',
  );
});

it('leaves the order of what is not the language to its author', () => {
  const definition: PipelineDefinition = {
    name: 'x',
    steps: [{ id: 'a', uses: 'core.noop', with: { z: { y: 1, a: 2 }, b: 3 } }],
  };
  expect(keysOf(printPipeline(definition))).toEqual(['name', 'steps', 'id', 'uses', 'with', 'z', 'y', 'a', 'b']);
});

const json = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(null, true, [], {}, [{ a: ['b'] }]),
);
const id = fc.stringMatching(/^[a-z]{1,8}$/);
const object = fc.dictionary(id, json, { maxKeys: 4 });
const duration = fc.constantFrom('200ms', '30s', 'P2D');
const condition = fc.oneof(
  fc.constantFrom('true', 'steps.a.output.n > 3'),
  fc.record({
    type: fc.constant('expression' as const),
    operator: fc.constant('equals' as const),
    source: id,
    value: json,
  }),
  fc.record({
    type: fc.constant('any' as const),
    conditions: fc.array(fc.constant({ type: 'always' as const }), { minLength: 1 }),
  }),
);
const step = fc.record(
  {
    join: fc.oneof(
      fc.constantFrom('all' as const, 'any' as const),
      fc.record({ at_least: fc.integer({ min: 1, max: 9 }) }),
    ),
    retry: fc.record({ jitter: fc.boolean(), max_attempts: fc.integer({ min: 1, max: 100 }) }, { requiredKeys: [] }),
    fallback: json,
    with: object,
    uses: id,
    timeout: duration,
    id,
    cancels: fc.array(id, { minLength: 1 }),
    for_each: fc.record({ max_parallel: fc.integer({ min: 1, max: 9 }), items: fc.array(json) }),
  },
  { requiredKeys: ['id', 'uses'] },
);
const definition = fc.record(
  {
    outputs: object,
    flow: fc.record(
      {
        transitions: fc.array(
          fc.record({ to: id, from: id, condition, default: fc.boolean() }, { requiredKeys: ['from', 'to'] }),
        ),
        start_at: id,
      },
      { requiredKeys: [] },
    ),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    parameters: object,
    name: id,
  },
  { requiredKeys: ['name', 'steps'] },
);

it('prints what reads as the same definition', () => {
  fc.assert(
    fc.property(definition, (written) => {
      const printed = printPipeline(pipelineSchema.parse(written));
      const { value } = parsePipelineText(printed);
      expect(value).toEqual(JSON.parse(JSON.stringify(written)));
      expect(printCanonical(value)).toBe(printed);
    }),
    { numRuns: 100 },
  );
});
