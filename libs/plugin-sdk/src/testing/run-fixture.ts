import { isDeepStrictEqual } from 'node:util';
import { createFakeClock } from './fake-clock.ts';
import type { Fixture } from './fixture.ts';
import type { TestOutcome } from './test-outcome.ts';
import type { TestPlatform } from './test-world.ts';

/** What came of a fixture. */
export type FixtureResult = {
  readonly name: string;
  /** What is other than expected; empty when all is well. */
  readonly failures: readonly string[];
  readonly outcome: TestOutcome;
};

/** Runs a fixture and says in what the outcome differs from what it expects. */
export const runFixture = async (platform: TestPlatform, fixture: Fixture): Promise<FixtureResult> => {
  const { name, kind, contribution, input, secrets, http, now } = fixture;
  const outcome = await platform.attempt(contribution, input, {
    kind,
    secrets,
    http: { tape: http },
    ...(now === undefined ? {} : { clock: createFakeClock(Date.parse(now), { isAutomatic: true }) }),
  });
  return { name, failures: findFailures(fixture.expect, outcome), outcome };
};

const findFailures = (expected: Fixture['expect'], outcome: TestOutcome): readonly string[] => [
  ...(outcome.ok ? outputFailures(expected, outcome.output) : errorFailures(expected, outcome.error)),
  ...logFailures(expected.logs ?? [], outcome),
  ...(expected.costUsd === undefined || isNear(expected.costUsd, outcome.costUsd)
    ? []
    : [`it cost ${outcome.costUsd} US dollars instead of ${expected.costUsd}`]),
];

const outputFailures = ({ output, error }: Fixture['expect'], actual: unknown): readonly string[] => {
  if (error !== undefined) return [`it gave ${show(actual)} instead of the error ${show(error)}`];
  if (output === undefined || isDeepStrictEqual(output, actual)) return [];
  return [`its output is ${show(actual)} instead of ${show(output)}`];
};

const errorFailures = (
  { error }: Fixture['expect'],
  actual: { readonly code: string; readonly name: string; readonly message: string },
): readonly string[] => {
  const { code, name, message } = actual;
  if (error === undefined) return [`it failed with ${code} (${name}): ${message}`];
  return [
    ...(error.code === undefined || error.code === code ? [] : [`its error is ${code} instead of ${error.code}`]),
    ...(error.name === undefined || error.name === name ? [] : [`its error is a ${name} instead of a ${error.name}`]),
    ...(error.message === undefined || message.includes(error.message)
      ? []
      : [`its error says ${show(message)}, which does not have ${show(error.message)} in it`]),
  ];
};

const logFailures = (expected: readonly string[], { logs }: TestOutcome): readonly string[] => {
  let from = 0;
  return expected.flatMap((text) => {
    const place = logs.findIndex(({ message }, index) => index >= from && message.includes(text));
    if (place < 0) return [`no log line says ${show(text)}${from === 0 ? '' : ' after the ones before'}`];
    from = place + 1;
    return [];
  });
};

const COST_TOLERANCE_USD = 1e-9;
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= COST_TOLERANCE_USD;

const MAX_CHARS = 1_000;
const show = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
};
