import { expect, it } from 'vitest';
import { parseVariable, replaceAt, splitPath } from './variable.ts';

it.each([
  ['parameters.city', ['parameters', 'city']],
  ['steps.a.output.rows[0].id', ['steps', 'a', 'output', 'rows', '0', 'id']],
  [`steps['sum-up'].output["a.b"]`, ['steps', 'sum-up', 'output', 'a.b']],
  ['steps.sum-up.output.rows.0', ['steps', 'sum-up', 'output', 'rows', '0']],
  [`x['']`, ['x', '']],
])('reads the path %s', (path, keys) => {
  expect(splitPath(path)).toEqual(keys);
});

it.each(['a..b', 'a[', 'a[x]', `a['b]`, 'a b', '.a', 'a.', `a['b"]`])('refuses the path %s', (path) => {
  expect(splitPath(path)).toBeUndefined();
});

it('follows no path deeper than values are nested', () => {
  expect(splitPath(`parameters${'.a'.repeat(100)}`)).toHaveLength(101);
  expect(splitPath(`parameters${'.a'.repeat(101)}`)).toBeUndefined();
  expect(parseVariable(`parameters${"['a']".repeat(50_000)}`)).toBeUndefined();
});

it('knows what may be changed', () => {
  expect(parseVariable('parameters')).toEqual({ root: 'parameters', keys: [] });
  expect(parseVariable('steps.a.output')).toEqual({ root: 'steps', stepId: 'a', field: 'output', keys: [] });
  for (const path of ['', 'steps', 'steps.a', 'item.x', 'run.id']) expect(parseVariable(path)).toBeUndefined();
});

it('puts a value into a copy', () => {
  const target = { list: [{ n: 1 }, 2], name: 'x', none: null };
  expect(replaceAt(target, ['list', '0', 'n'], 5)).toEqual({ ...target, list: [{ n: 5 }, 2] });
  expect(replaceAt(target, ['list', '2'], 3)).toEqual({ ...target, list: [{ n: 1 }, 2, 3] });
  expect(replaceAt(target, ['none', 'deep', 'er'], 1)).toEqual({ ...target, none: { deep: { er: 1 } } });
  expect(replaceAt(target, ['new'], null)).toEqual({ ...target, new: null });
  expect(replaceAt(undefined, ['a'], 1)).toEqual({ a: 1 });
  expect(Object.keys(replaceAt({}, ['__proto__'], 1) as object)).toEqual(['__proto__']);
  expect(target).toEqual({ list: [{ n: 1 }, 2], name: 'x', none: null });
});

it('does not go through texts, nor past the end of lists', () => {
  const target = { list: [1], name: 'x' };
  for (const keys of [
    ['name', 'y'],
    ['list', '2'],
    ['list', 'x'],
    ['list', '-1'],
    ['list', '0', 'y'],
  ]) {
    expect(replaceAt(target, keys, 1)).toBeUndefined();
  }
});
