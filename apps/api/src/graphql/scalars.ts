import type { Json } from '@ia-modules/engine';
import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { builder } from './builder.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** 2026-02-30 is read as a day in March: no calendar has it. */
const isDayOfCalendar = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

export const parseInstant = (value: unknown): Date => {
  const date = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime()) || !isDayOfCalendar(String(value).slice(0, 10))) {
    throw new GraphQLError('A DateTime is an ISO 8601 instant like 2026-01-31T09:00:00Z.');
  }
  return date;
};

const noNumber = (): GraphQLError => new GraphQLError('JSON has a number that is too large to be kept.');

/** `1e400` is read as infinity, which would be stored as null. Walks without recursion: values may be nested deep. */
export const requireFinite = (value: Json): Json => {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'number' && !Number.isFinite(next)) throw noNumber();
    if (typeof next === 'object' && next !== null) for (const item of Object.values(next)) open.push(item);
  }
  return value;
};

export const jsonOfLiteral = (node: ValueNode, variables: Readonly<Record<string, unknown>>): Json => {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.BOOLEAN:
    case Kind.STRING:
      return node.value;
    case Kind.ENUM:
      throw new GraphQLError('JSON has no enum values: use a string.');
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.VARIABLE:
      return (variables[node.name.value] ?? null) as Json;
    case Kind.LIST:
      return node.values.map((value) => jsonOfLiteral(value, variables));
    case Kind.OBJECT:
      break;
  }
  // Entries, not assignments: a key named __proto__ must stay a plain key.
  return Object.fromEntries(node.fields.map((field) => [field.name.value, jsonOfLiteral(field.value, variables)]));
};

builder.scalarType('DateTime', {
  description: 'An instant, ISO 8601 in UTC with milliseconds.',
  serialize: (value) => value.toISOString(),
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => requireFinite(value as Json),
  parseLiteral: (node, variables) => requireFinite(jsonOfLiteral(node, variables ?? {})),
});
