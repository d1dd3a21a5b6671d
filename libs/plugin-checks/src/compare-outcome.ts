import type { Json } from '@ia-modules/plugin-sdk';
import type { Fixture } from '@ia-modules/plugin-sdk/testing';
import diff from 'microdiff';
import { printableJson } from './printable-json.ts';

/** What became of a call. */
export type Outcome = {
  readonly output?: Json;
  readonly error?: { readonly code: string; readonly name: string; readonly message: string };
  readonly logs: readonly string[];
  readonly costUsd: number;
};

const COST_TOLERANCE_USD = 1e-9;

/** How what became of a call differs from what its fixture expects, one line for each difference. */
export const compareOutcome = ({ expect }: Fixture, outcome: Outcome): readonly string[] => {
  const { logs, costUsd } = outcome;
  const isCostly = expect.costUsd !== undefined && Math.abs(expect.costUsd - costUsd) > COST_TOLERANCE_USD;
  return [
    ...(outcome.error === undefined ? outputDifferences(expect, outcome) : errorDifferences(expect, outcome.error)),
    ...missingLogs(expect.logs ?? [], logs),
    ...(isCostly ? [`costUsd: expected ${expect.costUsd}, got ${costUsd}`] : []),
  ];
};

const outputDifferences = (expect: Fixture['expect'], { output }: Outcome): readonly string[] => {
  if (expect.error !== undefined) {
    return [`expected the error ${printableJson(expect.error)}, got the output ${printableJson(output)}`];
  }
  return expect.output === undefined
    ? []
    : diff({ output: expect.output }, { output }).map((change) => describeDifference(change));
};

/** Of an error, only what the fixture names is compared; of its message, a part. */
const errorDifferences = (
  { error: expected }: Fixture['expect'],
  error: NonNullable<Outcome['error']>,
): readonly string[] => {
  if (expected === undefined) return [`it threw ${error.name} (${error.code}): ${error.message}`];
  return (['code', 'name', 'message'] as const).flatMap((key) => {
    const wanted = expected[key];
    if (wanted === undefined || error[key] === wanted) return [];
    if (key === 'message' && error.message.includes(wanted)) return [];
    return [`error.${key}: expected ${printableJson(wanted)}, got ${printableJson(error[key])}`];
  });
};

/** Each expected text is a part of one line, in this order. */
const missingLogs = (expected: readonly string[], logs: readonly string[]): readonly string[] => {
  let from = 0;
  return expected.flatMap((text, index) => {
    const place = logs.findIndex((line, at) => at >= from && line.includes(text));
    if (place < 0) return [`logs[${index}]: no line says ${printableJson(text)}`];
    from = place + 1;
    return [];
  });
};

const describeDifference = (change: ReturnType<typeof diff>[number]): string => {
  const place = change.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  const name = place.replace(/^\./, '');
  if (change.type === 'CREATE') return `${name}: unexpected ${printableJson(change.value)}`;
  if (change.type === 'REMOVE') return `${name}: missing ${printableJson(change.oldValue)}`;
  return `${name}: expected ${printableJson(change.oldValue)}, got ${printableJson(change.value)}`;
};
