import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { compileExpression, type Scope } from './expression.ts';

const scopeOf = (parameters: Json): Scope => ({
  parameters,
  steps: {},
  run: {},
  trigger: {},
  iteration: 0,
  iteration_path: [],
});

const RACE = {
  rows: [
    { constructor: 'Ferrari', points: 3 },
    { constructor: 'Lotus', points: 1 },
  ],
  constructor: { name: 'FIA' },
  prototype: 1,
};

it.each<[string, Json]>([
  ['parameters', RACE],
  ['parameters.rows[0]', RACE.rows[0] ?? null],
  ['parameters.constructor.name', 'FIA'],
  ['parameters["constructor"].name', 'FIA'],
  ['parameters.rows.map(row, row.constructor)', ['Ferrari', 'Lotus']],
  ['parameters.rows.filter(row, row.constructor == "Lotus")', [{ constructor: 'Lotus', points: 1 }]],
  ['parameters.rows.exists(row, row.constructor == "Lotus" || row.constructor == "Lola")', true],
  ['has(parameters.constructor)', true],
  ['has(parameters["constructor"])', true],
  ['has(parameters.rows[0]["maker"])', false],
  ['size(parameters)', 3],
  ['"constructor" in parameters', true],
  ['parameters.rows[0] == parameters.rows[0]', true],
  ['parameters.rows[0] == parameters.rows[1]', false],
  ['parameters.rows[1] in parameters.rows', true],
  ['parameters.map(key, key)', ['rows', 'constructor', 'prototype']],
  ['[parameters.rows[0]]', [{ constructor: 'Ferrari', points: 3 }]],
  ['cel.bind(row, parameters.rows[1], row.points + 1)', 2],
])('evaluates %s over values with the key `constructor`', (source, expected) => {
  expect(compileExpression(source).evaluate(scopeOf(RACE))).toEqual(expected);
});

it.each<JsonObject>([{ constructor: null }, { constructor: [] }, { a: { constructor: 1 } }])(
  'hands on %j as it is',
  (value) => {
    expect(compileExpression('parameters.value').evaluate(scopeOf({ value }))).toEqual(value);
  },
);
