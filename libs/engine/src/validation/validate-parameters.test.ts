import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { validateParameters } from './validate-parameters.ts';

const properties = {
  city: { type: 'string' },
  unit: { enum: ['C', 'F'], default: 'C' },
  limits: { type: 'object', properties: { max: { type: 'integer' } } },
};

it('fills in defaults and leaves what was given as it was', () => {
  const given = { city: 'Ulm' };
  expect(validateParameters({ parameters: { type: 'object', properties } }, given)).toEqual({
    parameters: { city: 'Ulm', unit: 'C' },
    diagnostics: [],
  });
  expect(given).toEqual({ city: 'Ulm' });
});

it('says for each parameter what does not fit', () => {
  const { parameters, diagnostics } = validateParameters(
    { parameters: { type: 'object', properties } },
    { unit: 'K', limits: { max: 1.5 }, ctiy: 'Ulm', zzzzzz: 1 },
  );
  expect(parameters).toBeUndefined();
  expect(diagnostics.map(({ path, hint }) => [path, hint])).toEqual([
    ['$.ctiy', "Did you mean 'city'?"],
    ['$.zzzzzz', 'Declared: city, unit, limits.'],
    ['$.unit', 'Allowed: "C", "F".'],
    ['$.limits.max', null],
  ]);
});

it('refuses what is nested without end instead of failing on it', () => {
  const nested = JSON.parse(`{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`) as JsonObject;
  expect(
    validateParameters({ parameters: { type: 'object', properties: { x: {} } } }, nested).diagnostics,
  ).toMatchObject([{ path: '$', code: 'IA_PARAMETERS_INVALID' }]);
});

it('checks patterns in linear time where a backtracking engine would hang', () => {
  const declaration = { parameters: { type: 'object', properties: { text: { type: 'string', pattern: '^(a+)+$' } } } };
  expect(validateParameters(declaration, { text: `${'a'.repeat(5_000)}!` }).diagnostics).toMatchObject([
    { path: '$.text' },
  ]);
  expect(validateParameters(declaration, { text: 'aaa' }).diagnostics).toEqual([]);
});

it('refuses any parameter of a pipeline that declares none, and takes any where the declaration is open', () => {
  expect(validateParameters({}, {}).parameters).toEqual({});
  expect(validateParameters({}, { x: 1 }).diagnostics).toMatchObject([{ path: '$.x', hint: null }]);
  expect(
    validateParameters({ parameters: { type: 'object', additionalProperties: { type: 'number' } } }, { x: 1 })
      .parameters,
  ).toEqual({ x: 1 });
  expect(
    validateParameters({ parameters: { type: 'object', additionalProperties: { type: 'number' } } }, { x: 'y' })
      .diagnostics,
  ).toHaveLength(1);
});
