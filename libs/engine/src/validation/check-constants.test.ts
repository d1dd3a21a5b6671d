import { expect, it } from 'vitest';
import { validatePipeline } from './validate-pipeline.ts';

const steps = [
  { id: 'a', uses: 'core.noop' },
  { id: 'b', uses: 'core.noop' },
];
const findingsOf = (more: object) =>
  validatePipeline({ name: 'test', steps, flow: { transitions: [{ from: 'a', to: 'b' }] }, ...more }).diagnostics;

it.each([
  ['a division', '1 / 0', /^This fails in every run: division by zero in `1 \/ 0`\.$/],
  ['a number that is too large', '99999999999999999999999', /^This fails in every run: /],
  ['a text that is no number', "int('x')", /^This fails in every run: /],
  ['a part that is not there', "'a'.substring(5)", /^This fails in every run: /],
  ['a list without that element', '[][0]', /^This fails in every run: /],
])('refuses what always fails: %s', (_, source, message) => {
  expect(findingsOf({ outputs: { x: `{{ ${source} }}` } })).toEqual([
    expect.objectContaining({ severity: 'error', path: '$.outputs.x', message: expect.stringMatching(message) }),
  ]);
});

it.each(['1 / 1', 'has(steps.a.error) ? 1 / 0 : 1', 'true || 1 / 0 > 1', "int('7')", 'size(run.id) / 0'])(
  'says nothing of %s',
  (source) => {
    expect(findingsOf({ outputs: { x: `{{ ${source} }}` } })).toEqual([]);
  },
);

it('looks into conditions, part by part', () => {
  const condition = {
    type: 'any',
    conditions: [
      { type: 'expression', source: 'steps.a.status', operator: 'equals', value: 'failed' },
      { type: 'expression', source: "int('x')", operator: 'equals', value: 1 },
    ],
  };
  expect(findingsOf({ flow: { transitions: [{ from: 'a', to: 'b', condition }] } })).toMatchObject([
    { code: 'IA_EXPRESSION_FAILED', path: '$.flow.transitions[0].condition.conditions[1].source' },
  ]);
});

it('only warns where a failure does no harm', () => {
  const hooks = [{ uses: 'x.h', with: { n: '{{ 1 / 0 }}' } }];
  expect(findingsOf({ hooks })).toMatchObject([{ severity: 'warning', path: '$.hooks[0].with.n' }]);
});

it('does not work for ever', () => {
  const heavy = (index: number) => `[${'1,'.repeat(50)}1].all(x, [${'1,'.repeat(50)}1].all(y, x + y > ${-index}))`;
  const outputs = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => [`x${index}`, `{{ ${heavy(index)} }}`]),
  );
  expect(findingsOf({ outputs: { ...outputs, last: '{{ 1 / 0 }}' } })).toEqual([]);
});
