import { expect, it } from 'vitest';
import { parsePackageSpec, parseUses, resolveUses } from './uses.ts';

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
