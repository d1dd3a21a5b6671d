import { expect, it } from 'vitest';
import { parsePackageSpec, parseUses, rangeOfPackage, resolveUses } from './uses.ts';

it('tells the forms of uses apart', () => {
  expect(parseUses('core.noop')).toEqual({ kind: 'core', name: 'noop' });
  expect(parseUses('http.request')).toEqual({ kind: 'builtin', plugin: 'http', step: 'request' });
  expect(parseUses('@community/weather#forecast')).toEqual({
    kind: 'package',
    packageName: '@community/weather',
    step: 'forecast',
  });
  expect(parseUses('./steps/score.ts#ScoreStep')).toEqual({
    kind: 'module',
    path: './steps/score.ts',
    exportName: 'ScoreStep',
  });
  expect(parseUses('pipeline:invoice@^2')).toEqual({ kind: 'pipeline', name: 'invoice', range: '^2' });
  expect(parseUses('pipeline:invoice')).toEqual({ kind: 'pipeline', name: 'invoice', range: '*' });
  expect(parseUses('nonsense')).toBeUndefined();
});

it('replaces an alias by its package, and nothing else', () => {
  const plugins = { weather: '@community/weather@^1.2.0' };
  expect(resolveUses('weather.forecast', plugins)).toBe('@community/weather#forecast');
  expect(resolveUses('http.request', plugins)).toBe('http.request');
  expect(resolveUses('constructor.name', plugins)).toBe('constructor.name');
  expect(resolveUses('http.request', undefined)).toBe('http.request');
});

it('splits a package from its range', () => {
  expect(parsePackageSpec('@community/weather@^1.2.0')).toEqual({ packageName: '@community/weather', range: '^1.2.0' });
  expect(parsePackageSpec('weather')).toEqual({ packageName: 'weather', range: '*' });
});

it('names the range only where aliases mean several versions of a package', () => {
  const plugins = { old: '@c/x@^1', new: '@c/x@^2 || 3.x', any: '@c/x', other: '@c/y@^1', again: '@c/y@^1' };
  expect(resolveUses('old.a', plugins)).toBe('@c/x@^1#a');
  expect(resolveUses('new.a', plugins)).toBe('@c/x@^2 || 3.x#a');
  expect(resolveUses('any.a', plugins)).toBe('@c/x#a');
  expect(resolveUses('other.a', plugins)).toBe('@c/y#a');
  expect(parseUses('@c/x@^2 || 3.x#a')).toEqual({
    kind: 'package',
    packageName: '@c/x',
    range: '^2 || 3.x',
    step: 'a',
  });
  expect(rangeOfPackage('@c/x', plugins)).toBe('*');
  expect(rangeOfPackage('@c/y', plugins)).toBe('^1');
  expect(rangeOfPackage('@c/z', plugins)).toBe('*');
});
