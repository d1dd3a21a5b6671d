import { expect, it } from 'vitest';
import { describeMisses, runCorpus, totalOf } from './corpus.ts';
import { describeAlarms, findFalseAlarms } from './false-alarms.ts';
import { findingsIn } from './judge.ts';
import { NEUTRAL_OPERATORS } from './neutral-operators.ts';
import { OPERATORS } from './operators.ts';
import { readOwnPipelines } from './subjects.ts';

const subjects = readOwnPipelines();

it('has pipelines without a finding, so that what is found comes from what was spoilt', () => {
  const findings = subjects.flatMap((subject) =>
    findingsIn(subject, subject.document).map(({ code, path }) => `${subject.name} ${code} ${path}`),
  );
  expect(findings).toEqual([]);
});

it('has mistakes and harmless changes of many kinds, each with a place to be made', () => {
  const kinds = [...OPERATORS, ...NEUTRAL_OPERATORS];
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(OPERATORS.length).toBeGreaterThanOrEqual(60);
  expect(NEUTRAL_OPERATORS.length).toBeGreaterThanOrEqual(15);
  const idle = kinds.filter(({ mutate }) => subjects.every((subject) => mutate(subject).length === 0));
  expect(idle.map(({ name }) => name)).toEqual([]);
});

it('notices 99 of 100 mistakes, and 98 at the right place', () => {
  const { scores, misses } = runCorpus({ subjects, operators: OPERATORS, seed: 1, perOperator: 1 });
  const { caughtPercent, atPlacePercent } = totalOf(scores);
  const isGoodEnough = caughtPercent >= 99 && atPlacePercent >= 98;
  expect(isGoodEnough ? '' : describeMisses(misses)).toBe('');
});

it('stays quiet when a pipeline is only written differently', () => {
  const { alarms } = findFalseAlarms({ subjects, operators: NEUTRAL_OPERATORS, seed: 1, perOperator: 2 });
  expect(describeAlarms(alarms)).toBe('');
});
