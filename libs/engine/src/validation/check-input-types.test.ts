import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import type { StepCatalog } from '../ports/step-catalog.ts';
import { validatePipeline } from './validate-pipeline.ts';

const input: JsonObject = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    name: { type: 'string' },
    maybe: { type: ['string', 'null'] },
    open: {},
    nullable: { type: 'string', nullable: true },
    tags: { type: 'array', items: { type: 'string' } },
    inner: { type: 'object', properties: { on: { type: 'boolean' } } },
  },
};
const output: JsonObject = {
  type: 'object',
  properties: { total: { type: 'number' }, title: { type: 'string' }, either: { type: ['string', 'number'] }, any: {} },
};
const catalog: StepCatalog = {
  find: (uses) => (uses === 'x.y' ? { input, output } : undefined),
  names: () => ['x.y'],
};

const findings = (given: JsonObject, extra: JsonObject = {}) => {
  const { diagnostics } = validatePipeline(
    {
      name: 'test',
      steps: [
        { id: 'a', uses: 'x.y', timeout: '1s' },
        { id: 'b', uses: 'x.y', timeout: '1s', with: given, ...extra },
      ],
      flow: { transitions: [{ from: 'a', to: 'b' }] },
    },
    { catalog },
  );
  return diagnostics;
};

it.each<[JsonObject, string, string]>([
  [
    { count: '{{ steps.a.output.title }}' },
    "`steps.a.output.title` is a text; the input of 'b' at count must be a number.",
    'Convert it with int(…) or double(…).',
  ],
  [
    { name: '{{ steps.a.output.total }}' },
    "`steps.a.output.total` is a number; the input of 'b' at name must be a text.",
    'Convert it with string(…), or put it into a text.',
  ],
  [
    { count: ' {{ steps.a.output.total }}' },
    "A template within other text gives a text; the input of 'b' at count must be a number.",
    'Let the template be the whole text, so that its value keeps its type.',
  ],
  [
    { tags: ['x', '{{ size(steps.a.output.title) }}'] },
    "`size(steps.a.output.title)` is a number; the input of 'b' at tags.1 must be a text.",
    'Convert it with string(…), or put it into a text.',
  ],
])('refuses templates of another type than the step takes: %j', (given, message, hint) => {
  expect(findings(given)).toMatchObject([{ code: 'IA_PIPELINE_TYPE', severity: 'error', message, hint }]);
});

it('finds them in objects and lists', () => {
  expect(findings({ tags: '{{ {"a": 1} }}', inner: { on: '{{ iteration }}' } }).map(({ path }) => path)).toEqual([
    '$.steps[1].with.tags',
    '$.steps[1].with.inner.on',
  ]);
});

it.each<[JsonObject, JsonObject?]>([
  [{ count: '{{ steps.a.output.total }}', name: 'n: {{ steps.a.output.total }}' }],
  [{ name: '{{ steps.a.output.either }}', count: '{{ steps.a.output.either }}' }],
  [{ name: '{{ steps.a.output.any }}', count: '{{ steps.a.output.other }}' }],
  [{ maybe: '{{ null }}', nullable: '{{ null }}', open: '{{ 5 }}', other: '{{ 5 }}' }],
  [{ name: '{{ string(steps.a.output.total) }}', tags: '{{ steps.a.output.title.split(",") }}' }],
  [{ name: '{{ steps.a.output.total > 1.0 ? "x" : steps.a.output.title }}' }],
  [{ count: '{{ steps.a.output.title }}' }, { transform: [{ uses: 'z.t', at: 'input' }] }],
  [{ count: '{{ item }}' }, { for_each: { items: ['1'] } }],
])('is silent where it can not know: %j', (given, extra) => {
  expect(findings(given, extra)).toEqual([]);
});
