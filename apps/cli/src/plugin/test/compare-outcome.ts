import type { Json } from '@ia-modules/plugin-sdk';
import diff from 'microdiff';
import { printableJson } from '../../printable.ts';
import type { Fixture } from './fixture.ts';

/** What became of a call. */
export type Outcome = {
  readonly output?: Json;
  readonly error?: { readonly name: string; readonly code: string; readonly message: string };
  readonly logs: readonly string[];
  readonly costUsd: number;
};

/** How what became of a call differs from what its fixture expects, one line for each difference. */
export const compareOutcome = ({ expect }: Fixture, outcome: Outcome): readonly string[] => {
  const { output, error, logs, costUsd } = outcome;
  const observed = {
    ...(error === undefined ? { output } : { error: namedParts(error, expect.error) }),
    ...(expect.logs !== undefined && { logs }),
    ...(expect.costUsd !== undefined && { costUsd }),
  };
  const thrown = error !== undefined && expect.error === undefined ? [`it threw ${error.name}: ${error.message}`] : [];
  return [...thrown, ...diff(expect, observed).map(describeDifference)];
};

/** Of an error, only what the fixture names is compared. */
const namedParts = (error: NonNullable<Outcome['error']>, expected: Fixture['expect']['error']): object =>
  expected === undefined
    ? error
    : Object.fromEntries(Object.entries(error).filter(([key]) => Object.hasOwn(expected, key)));

const describeDifference = (change: ReturnType<typeof diff>[number]): string => {
  const place = change.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  const name = place.replace(/^\./, '');
  switch (change.type) {
    case 'CREATE':
      return `${name}: unexpected ${printableJson(change.value)}`;
    case 'REMOVE':
      return `${name}: missing ${printableJson(change.oldValue)}`;
    case 'CHANGE':
      return `${name}: expected ${printableJson(change.oldValue)}, got ${printableJson(change.value)}`;
  }
};
