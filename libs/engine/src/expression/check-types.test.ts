import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { checkTypes } from './check-types.ts';
import { compileExpression } from './expression.ts';

const parameters: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    count: { type: 'integer' },
    name: { type: 'string' },
    on: { type: 'boolean' },
    maybe: { type: ['string', 'null'] },
    anything: {},
    rows: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } } } },
    combined: { type: 'object', anyOf: [{ properties: { a: { type: 'string' } } }], additionalProperties: false },
  },
};
const output: JsonObject = {
  type: 'object',
  properties: { total: { type: 'number' }, items: { type: 'array', items: { type: 'string' } } },
  additionalProperties: false,
};

const problemsOf = (source: string): string[] =>
  checkTypes(compileExpression(source), {
    parameters,
    outputs: (stepId) => (stepId === 'a' ? output : undefined),
  }).map(({ start, end, message, hint }) => `${source.slice(start, end)}: ${message}${hint ? ` ${hint}` : ''}`);

it.each([
  ['parameters.count > "3"', 'parameters.count > "3": > can not compare a number and a text.'],
  ['parameters.count == "3"', 'parameters.count == "3": a number and a text are never equal.'],
  [
    'parameters.name + parameters.count == "x"',
    'parameters.name + parameters.count: + can not add a text and a number. Write string(…) around what is no text.',
  ],
  ['parameters.on * 2 > 1', 'parameters.on * 2: * can not calculate with true or false and a number.'],
  ['steps.a.output.totl > 1', "steps.a.output.totl: There is no field 'totl' in this object. Did you mean 'total'?"],
  [
    'steps.a.output["totl"] > 1',
    `steps.a.output["totl"]: There is no field 'totl' in this object. Did you mean 'total'?`,
  ],
  ['steps.a.output.total.cents > 1', "steps.a.output.total.cents: A number has no field 'cents'."],
  ['steps.a.outputs == 1', "steps.a.outputs: There is no field 'outputs' in this object. Did you mean 'output'?"],
  ['steps.a.output.items["first"] == "x"', '"first": An element of a list is named by a number, not by a text.'],
  [
    'parameters.count && parameters.on',
    'parameters.count: This is a number, not true or false. Compare it, for example with == or >.',
  ],
  ['!parameters.name', 'parameters.name: This is a text, not true or false. Compare it, for example with == or >.'],
  ['parameters.count.startsWith("a")', 'parameters.count.startsWith("a"): startsWith() needs a text, not a number.'],
  [
    'parameters.count.exists(x, x > 1)',
    'parameters.count.exists(x, x > 1): exists() needs a list or an object, not a number.',
  ],
  ['parameters.rows.exists(row, row.price == "1")', 'row.price == "1": a number and a text are never equal.'],
  ['steps.a.output.items.all(name, name > 3)', 'name > 3: > can not compare a text and a number.'],
  ['cel.bind(n, parameters.count, n.matches("x"))', 'n.matches("x"): matches() needs a text, not a number.'],
  ['1 in parameters.name', '1 in parameters.name: in needs a list or an object, not a text.'],
  ['run.name == "x"', "run.name: There is no field 'name' in this object."],
  ['-parameters.name == 1', '-parameters.name: - can not calculate with a text.'],
])('finds what surely fails in %s', (source, problem) => {
  expect(problemsOf(source).map((text) => text.trim())).toContain(problem);
});

it.each([
  'parameters.count > 3 && parameters.name == "x"',
  'parameters.maybe == null || parameters.maybe + "x" == "ax"',
  'parameters.name != null',
  'parameters.anything.some.field > 3',
  'parameters.combined.b > 3',
  'has(steps.a.output.unknown)',
  'steps.b.output.anything + 1 > 2',
  'steps.a.output.total + 1 > size(steps.a.output.items)',
  'timestamp(parameters.name) - timestamp("2024-01-01T00:00:00Z") > duration("1h")',
  'duration("2h") - duration("1h") < duration("90m")',
  'parameters.rows.map(row, row.price * 2).exists(price, price > 10)',
  'parameters.rows.filter(row, row.price > 1)[0].price > 1',
  'steps.a.output.items.exists(steps, steps == "x")',
  '(parameters.on ? parameters.count : parameters.name) == 3',
  'item.price > 3 && index < 10 && iteration == 2',
  'steps.a.error.code == "X" || steps.a.status == "failed"',
  'parameters.name in ["a", "b"] && "k" in parameters.anything',
  '"a".split(",")[0] == "a" && type(parameters.count) == double',
  'trigger.anything == 3',
])('is silent about %s', (source) => {
  expect(problemsOf(source)).toEqual([]);
});
