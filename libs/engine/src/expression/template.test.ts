import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import type { Scope } from './expression.ts';
import { compileTemplate, type TemplateProblem } from './template.ts';

const scope: Scope = {
  parameters: { n: 3, name: 'Ada', list: [1, 2] },
  steps: {},
  run: {},
  trigger: {},
  iteration: 0,
  iteration_path: [],
};

it('keeps the type of a text that is one expression', () => {
  expect(compileTemplate('{{ parameters.list }}').render(scope)).toEqual([1, 2]);
  expect(compileTemplate('{{ parameters.n }}').render(scope)).toBe(3);
});

it('prints inside other text', () => {
  expect(
    compileTemplate('{{ parameters.name }} has {{ parameters.list }}, {{ parameters.n }} and {{ null }}').render(scope),
  ).toBe('Ada has [1,2], 3 and null');
});

it('goes through lists and objects and leaves the rest alone', () => {
  const value = { a: ['x', '{{ parameters.n }}'], b: { c: '{{ parameters.name }}', d: null }, e: true };
  expect(compileTemplate(value).render(scope)).toEqual({ a: ['x', 3], b: { c: 'Ada', d: null }, e: true });
  const plain = { a: [1, 'two'] };
  expect(compileTemplate(plain).render(scope)).toBe(plain);
});

it('reads braces and quotes inside an expression', () => {
  expect(compileTemplate('{{ {"a": {"b": 1}} }}').render(scope)).toEqual({ a: { b: 1 } });
  expect(compileTemplate('{{ "}}" }}').render(scope)).toBe('}}');
  expect(compileTemplate('{{ "a\\"}}" }}').render(scope)).toBe('a"}}');
  expect(compileTemplate('literal {{ "{{" }}').render(scope)).toBe('literal {{');
});

it.each<[string, Json]>([
  [String.raw`{{ "a}}\"" + r'}}\d' }}`, String.raw`a}}"}}\d`],
  [`{{ '''it's }} fine''' }}`, "it's }} fine"],
  ['{{ """}}"quoted"}}""" }}', '}}"quoted"}}'],
  [`{{ "" + '' }}`, ''],
  ['{{ {"for": r"}}"} }}', { for: '}}' }],
  ['é {{ "\u{1F600}" }} \u{1F600}{{ parameters.n }}', 'é \u{1F600} \u{1F600}3'],
  ['\ud800 {{ parameters.name }} \udc00', '\ud800 Ada \udc00'],
  ['{{ {"a": {"b": {"c": "}}"}}} }}', { a: { b: { c: '}}' } } }],
  ['}} {{ parameters.n }} }}', '}} 3 }}'],
  ['{ { parameters.n } }', '{ { parameters.n } }'],
  ['{{{"a": 1}}}', { a: 1 }],
])('reads %s', (text, expected) => {
  expect(compileTemplate<Json>(text).render(scope)).toEqual(expected);
});

it('handles values that are deep, wide or have odd keys', () => {
  let deep: Json = '{{ parameters.n }}';
  for (let level = 0; level < 99; level += 1) deep = level % 2 === 0 ? [deep] : { k: deep };
  expect(JSON.stringify(compileTemplate(deep).render(scope))).toContain('[3]');
  const odd = JSON.parse('{"__proto__": "{{ parameters.n }}", "constructor": "x", "{{ key }}": 1}') as JsonObject;
  expect(Object.entries(compileTemplate(odd).render(scope))).toEqual([
    ['__proto__', 3],
    ['constructor', 'x'],
    ['{{ key }}', 1],
  ]);
  const wide = Array.from({ length: 10_000 }, () => '{{ parameters.n }}');
  expect(compileTemplate<Json>(wide).render(scope)).toHaveLength(10_000);
});

it('reports every defect with its place', () => {
  const problems: TemplateProblem[] = [];
  compileTemplate(
    { a: '{{ nope }}', b: ['{{ 1 + }}', 'open {{ 1'] },
    {
      path: ['with'],
      onProblem: (problem) => problems.push(problem),
    },
  );
  expect(problems.map(({ path, error }) => [path.join('.'), error.code])).toEqual([
    ['with.a', 'IA_EXPRESSION_INVALID'],
    ['with.b.0', 'IA_EXPRESSION_INVALID'],
    ['with.b.1', 'IA_EXPRESSION_INVALID'],
  ]);
  expect(() => compileTemplate('{{ nope }}')).toThrow('Unknown variable');
});

describe('secrets', () => {
  const withSecrets = { allowsSecrets: true } as const;

  it('stand masked in the value, and say where they belong', () => {
    const template = compileTemplate(
      {
        token: '{{ secrets.API-KEY }}',
        headers: [{ auth: 'Bearer {{ secrets["API-KEY"] }} for {{ parameters.name }}' }, "{{secrets['other']}}"],
        plain: '{{ parameters.n }}',
      },
      { ...withSecrets, path: ['steps', 0, 'with'] },
    );
    expect(template.render(scope)).toEqual({
      token: '***',
      headers: [{ auth: 'Bearer *** for Ada' }, '***'],
      plain: 3,
    });
    expect(template.secretSlots(scope)).toEqual([
      { path: ['token'], parts: [{ secret: 'API-KEY' }] },
      { path: ['headers', 0, 'auth'], parts: ['Bearer ', { secret: 'API-KEY' }, ' for ', 'Ada'] },
      { path: ['headers', 1], parts: [{ secret: 'other' }] },
    ]);
    expect(template.secretNames).toEqual(['API-KEY', 'other']);
    expect(template.expressions.map(({ path }) => path)).toEqual([
      ['steps', 0, 'with', 'headers', 0, 'auth'],
      ['steps', 0, 'with', 'plain'],
    ]);
  });

  it('stand at the root when the text is the whole value', () => {
    const template = compileTemplate<Json>('{{ secrets.A }}', { ...withSecrets, path: ['with', 'x'] });
    expect(template.render(scope)).toBe('***');
    expect(template.secretSlots(scope)).toEqual([{ path: [], parts: [{ secret: 'A' }] }]);
  });

  it('are told apart from values that look like them', () => {
    const hostile: Scope = {
      ...scope,
      parameters: { name: '{{ secrets.ADMIN }}', deep: { x: '{{ secrets.ADMIN }}' } },
    };
    const template = compileTemplate(
      {
        whole: '{{ parameters.deep }}',
        text: 'Hello {{ parameters.name }}',
        token: 'x {{ parameters.name }} {{ secrets.A }}',
      },
      withSecrets,
    );
    expect(template.secretNames).toEqual(['A']);
    expect(template.render(hostile)).toEqual({
      whole: { x: '{{ secrets.ADMIN }}' },
      text: 'Hello {{ secrets.ADMIN }}',
      token: 'x {{ secrets.ADMIN }} ***',
    });
    expect(template.secretSlots(hostile)).toEqual([
      { path: ['token'], parts: ['x ', '{{ secrets.ADMIN }}', ' ', { secret: 'A' }] },
    ]);
  });

  it.each([
    '{{ secrets.A + "x" }}',
    '{{ secrets }}',
    '{{ secrets[parameters.name] }}',
    '{{ secrets.A.B }}',
    '{{ has(secrets.A) }}',
    '{{ [1].map(x, secrets.A) }}',
  ])('are refused inside a larger expression: %s', (text) => {
    expect(() => compileTemplate(text, withSecrets)).toThrow(expect.objectContaining({ code: 'IA_PIPELINE_SECRET' }));
  });

  it('are refused where none may stand', () => {
    const problems: TemplateProblem[] = [];
    const onProblem = (problem: TemplateProblem): number => problems.push(problem);
    compileTemplate({ a: ['{{ secrets.A }}', 'b {{ secrets.B }}'] }, { path: ['outputs'], onProblem });
    expect(problems.map(({ path, error }) => [path.join('.'), error.code])).toEqual([
      ['outputs.a.0', 'IA_PIPELINE_SECRET'],
      ['outputs.a.1', 'IA_PIPELINE_SECRET'],
    ]);
  });

  it('are not meant by a variable of that name', () => {
    expect(compileTemplate('{{ parameters.list.map(secrets, secrets * 2) }}').render(scope)).toEqual([2, 4]);
  });
});

it('says whether it is the same in every run', () => {
  expect(compileTemplate({ a: ['x'] }).isConstant).toBe(true);
  expect(compileTemplate({ a: ['{{ 1 }}'] }).isConstant).toBe(false);
  expect(compileTemplate('{{ secrets.A }}', { allowsSecrets: true }).isConstant).toBe(false);
});
