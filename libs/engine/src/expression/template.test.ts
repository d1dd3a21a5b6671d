import { expect, it } from 'vitest';
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

it('reports every defect with its place', () => {
  const problems: TemplateProblem[] = [];
  compileTemplate({ a: '{{ nope }}', b: ['{{ 1 + }}', 'open {{ 1'] }, ['with'], (problem) => problems.push(problem));
  expect(problems.map(({ path, error }) => [path.join('.'), error.code])).toEqual([
    ['with.a', 'IA_EXPRESSION_INVALID'],
    ['with.b.0', 'IA_EXPRESSION_INVALID'],
    ['with.b.1', 'IA_EXPRESSION_INVALID'],
  ]);
  expect(() => compileTemplate('{{ nope }}')).toThrow('Unknown variable');
});
