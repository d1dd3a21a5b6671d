import { describe, expect, it } from 'vitest';
import { parameterFields, readParameters } from './parameter-fields.ts';

const schema = {
  type: 'object',
  required: ['city'],
  properties: {
    city: { type: 'string', title: 'City', description: 'Where to look' },
    days: { type: 'integer', default: 3 },
    threshold: { type: 'number' },
    isDry: { type: 'boolean', default: false },
    unit: { enum: ['celsius', 'kelvin'], default: 'celsius' },
    tags: { type: 'array', items: { type: 'string' } },
  },
};

const fill = (inputs: Readonly<Record<string, string>>) =>
  readParameters(parameterFields(schema), new Map(Object.entries(inputs)));

describe('parameterFields', () => {
  it('chooses a control for each type', () => {
    expect(parameterFields(schema).map(({ name, kind }) => [name, kind])).toEqual([
      ['city', 'text'],
      ['days', 'integer'],
      ['threshold', 'number'],
      ['isDry', 'boolean'],
      ['unit', 'choice'],
      ['tags', 'json'],
    ]);
  });

  it('takes label, hint, default and choices from the schema', () => {
    const [city, days, , , unit] = parameterFields(schema);
    expect(city).toMatchObject({ label: 'City', hint: 'Where to look', isRequired: true, initial: '' });
    expect(days).toMatchObject({ label: 'days', isRequired: false, initial: '3' });
    expect(unit).toMatchObject({ choices: ['"celsius"', '"kelvin"'], initial: '"celsius"' });
  });

  it('asks nothing without properties', () => {
    expect(parameterFields(undefined)).toEqual([]);
    expect(parameterFields({ type: 'object' })).toEqual([]);
  });
});

describe('readParameters', () => {
  it('types what was typed and leaves empty fields out', () => {
    expect(fill({ city: 'Oslo', days: '5', threshold: '', isDry: 'true', unit: '"kelvin"', tags: '["a"]' })).toEqual({
      isValid: true,
      parameters: { city: 'Oslo', days: 5, isDry: true, unit: 'kelvin', tags: ['a'] },
    });
  });

  it('keeps a text that looks like JSON a text', () => {
    expect(fill({ city: '42' })).toEqual({ isValid: true, parameters: { city: '42' } });
  });

  it('names every field that is wrong', () => {
    const reading = fill({ days: '1.5', threshold: 'much', tags: '[' });
    expect(reading.isValid ? [] : [...reading.errors]).toEqual([
      ['city', 'City is required.'],
      ['days', 'Enter a whole number.'],
      ['threshold', 'Enter a number, such as 0.8.'],
      ['tags', 'Enter valid JSON, such as {"a": 1} or ["a"].'],
    ]);
  });
});
