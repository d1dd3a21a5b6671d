import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalizeDialect } from '@ia-modules/engine';

const text = fc.constantFrom(
  'a',
  'b',
  'end_ok',
  'Work',
  'steps.work',
  '{{ a.n }}',
  '{a.n}|{b.n}',
  '{parameters.n}',
  '',
  '{{',
  'a.n > 1',
  'constructor',
  'human_input',
);
const key = fc.constantFrom(
  'id',
  'uses',
  'step_class',
  'class',
  'module',
  'config',
  'inputs',
  'outputs',
  'type',
  'with',
  'name',
  'source',
  'operator',
  'value',
  'field',
  'condition',
  'conditions',
  'from',
  'to',
  'from_step',
  'to_step',
  'plugin',
  'loop',
  'default',
  'error_handling',
  'routing',
  'timeout',
  'parallel',
  'schema',
  'required',
  'constructor',
  'toString',
  'hasOwnProperty',
);
const leaf = fc.oneof(text, fc.integer({ min: -2, max: 5 }), fc.boolean(), fc.constant(null));
const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 5 }),
  ),
}));
const plausibleStep = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c'),
    step_class: fc.oneof(text, node),
    module: fc.oneof(text, node),
    config: node,
    inputs: node,
    type: node,
    error_handling: node,
  },
  { requiredKeys: ['id'] },
);
const condition = fc.oneof(
  node,
  fc.record(
    {
      type: fc.constantFrom('expression', 'all', 'not', 'plugin', 'else', 'parameter', 'threshold_condition'),
      config: node,
      source: node,
      value: node,
    },
    { requiredKeys: ['type'] },
  ),
);
const path = fc.record(
  { from: text, to: text, from_step: text, to_step: text, condition, routing: node },
  { requiredKeys: [] },
);
const document = fc.record(
  {
    name: text,
    version: fc.oneof(leaf, fc.constantFrom('1.0')),
    parameters: fc.oneof(
      node,
      fc.array(fc.record({ name: text, schema: node, required: node, default: node }, { requiredKeys: ['name'] }), {
        maxLength: 3,
      }),
    ),
    steps: fc.oneof(node, fc.array(fc.oneof(plausibleStep, node), { maxLength: 4 })),
    flow: fc.oneof(
      node,
      fc.record(
        { start_at: node, paths: fc.array(fc.oneof(path, node), { maxLength: 4 }), transitions: node, routing: node },
        { requiredKeys: [] },
      ),
    ),
    loop_config: node,
    outputs: node,
    metadata: node,
    error_handling: node,
  },
  { requiredKeys: [] },
);

it('normalizes any document once and for all', () => {
  fc.assert(
    fc.property(document, (written) => {
      const before = JSON.stringify(written);
      const once = normalizeDialect(written).value;
      expect(JSON.stringify(written)).toBe(before);
      expect(normalizeDialect(once).value).toEqual(once);
    }),
    { numRuns: 1_000 },
  );
});

it('never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.anything(), document), (written) => void normalizeDialect(written)),
    { numRuns: 500 },
  );
  let deep: unknown = 'x';
  for (let depth = 0; depth < 10_000; depth += 1) deep = { conditions: [deep] };
  const written = { steps: [{ id: 'a', step_class: 'Work', module: 'steps.work', config: deep }] };
  expect(normalizeDialect(written).value).toBe(written);
});
