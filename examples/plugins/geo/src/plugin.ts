import { defineCondition, definePlugin, defineStep } from '@ia-modules/plugin-sdk';
import { distanceKm, type Point } from './distance.ts';
import { NAMED_POINT, point } from './point-schema.ts';

const distance = defineStep({
  name: 'distance',
  title: 'Distance',
  description: 'How far two places are from each other, along the great circle.',
  input: {
    type: 'object',
    properties: { from: point('From where.'), to: point('To where.') },
    required: ['from', 'to'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: { km: { type: 'number', minimum: 0, description: 'In kilometres.' } },
    required: ['km'],
  },
  run: ({ from, to }) => ({ km: distanceKm(from, to) }),
});

const nearest = defineStep({
  name: 'nearest',
  title: 'Nearest place',
  description: 'Which of some places is nearest to another one.',
  input: {
    type: 'object',
    properties: {
      from: point('From where to look.'),
      places: {
        type: 'array',
        minItems: 1,
        maxItems: 10_000,
        items: NAMED_POINT,
        description: 'Among which to look.',
      },
    },
    required: ['from', 'places'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      position: { type: 'integer', minimum: 0, description: 'Where it stands in the list, from 0.' },
      name: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'What it is called.' },
      km: { type: 'number', minimum: 0, description: 'How far it is, in kilometres.' },
    },
    required: ['position', 'name', 'km'],
  },
  run: ({ from, places }) => {
    const distances = places.map((place: Point) => distanceKm(from, place));
    const km = Math.min(...distances);
    const position = distances.indexOf(km);
    return { position, name: places[position]?.name ?? null, km };
  },
});

const isPoint = (value: unknown): value is Point =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'lat') === 'number' &&
  typeof Reflect.get(value, 'lon') === 'number';

const within = defineCondition({
  name: 'within',
  title: 'Within a radius',
  description: 'Holds when the output of the step is a place, with `lat` and `lon`, within a radius of another one.',
  config: {
    type: 'object',
    properties: {
      of: point('The middle.'),
      km: { type: 'number', minimum: 0, description: 'The radius, in kilometres.' },
    },
    required: ['of', 'km'],
    additionalProperties: false,
  },
  evaluate: ({ config, step }) => isPoint(step.output) && distanceKm(config.of, step.output) <= config.km,
});

export const plugin = definePlugin({ steps: [distance, nearest], conditions: [within] });
