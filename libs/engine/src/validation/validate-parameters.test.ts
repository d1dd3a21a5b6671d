import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
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

it('says of each item of a list that no branch of its schema fits, or what is wrong inside of it', () => {
  const items = { anyOf: [{ type: 'string' }, { type: 'object', properties: { n: { type: 'number' } } }] };
  const declaration = { parameters: { type: 'object', properties: { list: { type: 'array', items } } } };
  const list: Json[] = Array.from({ length: 12 }, () => true);
  list[3] = { n: 'x' };
  const { diagnostics } = validateParameters(declaration, { list });
  expect(diagnostics.map(({ path, message }) => `${path} ${message}`)).toEqual(
    list.map((_, index) =>
      index === 3 ? '$.list[3].n must be number' : `$.list[${index}] must match a schema in anyOf`,
    ),
  );
});

it.each([undefined, false])(
  'takes any number of parameters that are nearly right (additionalProperties: %s)',
  (rest) => {
    const names = Array.from({ length: 1_500 }, (_, index) => `parameter_number_${index}`);
    const declared = { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) };
    const parameters = rest === undefined ? declared : { ...declared, additionalProperties: rest };
    const given = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`parameter_numbe_${index}`, 1]));
    const { diagnostics } = validateParameters({ parameters }, given);
    expect(diagnostics[0]).toMatchObject({ path: '$.parameter_numbe_0', hint: "Did you mean 'parameter_number_0'?" });
    expect(diagnostics.at(-1)?.message).toBe('49000 more findings are not listed.');
  },
);

it('takes long lists of which no item fits', () => {
  const items = { oneOf: [{ type: 'string' }, { type: 'number' }] };
  const declaration = { parameters: { type: 'object', properties: { list: { type: 'array', items } } } };
  const { diagnostics } = validateParameters(declaration, { list: Array.from({ length: 20_000 }, () => null) });
  expect(diagnostics.at(-1)?.message).toBe('19000 more findings are not listed.');
});
