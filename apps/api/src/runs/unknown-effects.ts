import {
  type Effect,
  type Json,
  listEffects,
  type MockResult,
  type RecordedError,
  type RunEvent,
  toRecordedError,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { EffectDecisionKind } from './decide-effect.ts';

/** What a caller says of an effect that would be repeated. */
export type EffectAnswer = {
  readonly key: string;
  readonly decision: EffectDecisionKind;
  readonly output: Json | undefined;
};

const invalid = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint });

/**
 * The effects of a run of which nobody knows what became, and which a run that repeats it up to an event would do again. What
 * was settled before that event is taken from the log, however it was settled.
 */
export const repeatedUnknowns = (events: readonly RunEvent[], untilSeq: number): Effect[] => {
  const before = events.filter(({ seq }) => seq < untilSeq);
  const settled = new Set(listEffects(before).flatMap(({ key, state }) => (OPEN.has(state) ? [] : [key])));
  return listEffects(events).filter(({ key, state }) => state === 'unknown' && !settled.has(key));
};

const OPEN: ReadonlySet<Effect['state']> = new Set(['planned', 'sent']);

const mustAnswer = (effects: readonly Effect[]): PlatformError =>
  new PlatformError({
    code: 'IA_RUN_EFFECT_UNKNOWN',
    message: `Nobody knows what became of ${effects.length === 1 ? 'an effect' : `${effects.length} effects`} that would be repeated.`,
    hint: 'Look outside under each key, then say in `effects`: REPEAT it, CONFIRM it with its output, or let it FAIL.',
    details: { effects },
  });

const failed = ({ stepId }: Effect): RecordedError =>
  toRecordedError(
    new PlatformError({
      code: 'IA_EFFECT_UNKNOWN',
      message: `Nobody knows what became of an attempt of step '${stepId ?? ''}', and somebody decided to give it up.`,
    }),
  );

/** A mock ends its step in every iteration and for all of its items: only a step that runs once can be answered so. */
const toMock = (effect: Effect, answer: EffectAnswer): readonly [string, MockResult] => {
  const { key, stepId, part, index, iteration } = effect;
  if (stepId === null || part !== null || index !== null || iteration !== null) {
    const what = part !== null ? 'only a part of a step' : index === null ? 'in a loop' : 'an item of a map';
    throw invalid(
      `The effect ${key} is ${what}: a new run can't take it as done or failed.`,
      'Say REPEAT, or fork from a later step with the values that are missing.',
    );
  }
  return [stepId, answer.decision === 'confirm' ? { output: answer.output ?? null } : { error: failed(effect) }];
};

/**
 * What the answers make of the steps in a run that repeats another one.
 * @throws PlatformError IA_RUN_EFFECT_UNKNOWN with the effects that have no answer, or IA_API_INVALID for answers that can't be followed
 */
export const mocksOfAnswers = (
  unknowns: readonly Effect[],
  answers: readonly EffectAnswer[],
): Readonly<Record<string, MockResult>> => {
  const said = new Map(answers.map((answer) => [answer.key, answer]));
  if (said.size < answers.length) throw invalid('`effects` answers for the same effect twice.');
  const unanswered = unknowns.filter(({ key }) => !said.has(key));
  if (unanswered.length > 0) throw mustAnswer(unanswered);
  const known = new Set(unknowns.map(({ key }) => key));
  const stray = answers.find(({ key }) => !known.has(key));
  if (stray !== undefined) throw invalid(`Nobody asks about the effect ${stray.key}.`);
  return Object.fromEntries(
    unknowns.flatMap((effect) => {
      const answer = said.get(effect.key);
      return answer === undefined || answer.decision === 'repeat' ? [] : [toMock(effect, answer)];
    }),
  );
};
