import { judge, type Verdict } from './judge.ts';
import type { Operator, Subject } from './mutation.ts';
import { createRandom, sample } from './random.ts';

export type CorpusOptions = {
  readonly subjects: readonly Subject[];
  readonly operators: readonly Operator[];
  readonly seed: number;
  /** How many mutations of each operator are made of each pipeline, when it has room for so many. */
  readonly perOperator: number;
};

/** A mutation that went unnoticed, or was reported elsewhere. */
export type Miss = { readonly operator: string; readonly pipeline: string; readonly verdict: Verdict };

export type OperatorScore = {
  readonly operator: string;
  readonly mutations: number;
  readonly caught: number;
  readonly atPlace: number;
};

export type CorpusResult = { readonly scores: readonly OperatorScore[]; readonly misses: readonly Miss[] };

/** Spoils every pipeline in every way and keeps account of what validation says. */
export const runCorpus = ({ subjects, operators, seed, perOperator }: CorpusOptions): CorpusResult => {
  const misses: Miss[] = [];
  const scores = operators.map((operator, place) => {
    const score = { operator: operator.name, mutations: 0, caught: 0, atPlace: 0 };
    for (const [index, subject] of subjects.entries()) {
      const random = createRandom(seed * 1_000_003 + place * 1_009 + index);
      for (const mutation of sample(operator.mutate(subject), perOperator, random)) {
        const verdict = judge(subject, operator, mutation);
        score.mutations += 1;
        if (verdict.isCaught) score.caught += 1;
        if (verdict.isAtPlace) score.atPlace += 1;
        else misses.push({ operator: operator.name, pipeline: subject.name, verdict });
      }
    }
    return score;
  });
  return { scores, misses };
};

/** Shares of all mutations, in percent. */
export const totalOf = (scores: readonly OperatorScore[]) => {
  const sum = (key: 'mutations' | 'caught' | 'atPlace'): number =>
    scores.reduce((total, score) => total + score[key], 0);
  const mutations = sum('mutations');
  return {
    mutations,
    caughtPercent: (100 * sum('caught')) / mutations,
    atPlacePercent: (100 * sum('atPlace')) / mutations,
  };
};

const MAX_SHOWN = 4;

/** The misses as text, grouped by operator. */
export const describeMisses = (misses: readonly Miss[]): string =>
  [...Map.groupBy(misses, ({ operator }) => operator)]
    .map(
      ([operator, group]) =>
        `## ${operator} (${group.length})\n\n${group.slice(0, MAX_SHOWN).map(describeMiss).join('\n')}`,
    )
    .join('\n\n');

const describeMiss = ({ pipeline, verdict }: Miss): string => {
  const found = verdict.found
    .slice(0, 3)
    .map(({ severity, code, path, message }) => `  - ${severity} ${code} at ${path}: ${message}`);
  const expected = verdict.expected.slice(0, 3).join(' or ');
  return [`- ${pipeline}, expected at ${expected}; ${found.length === 0 ? 'nothing found' : 'found'}`, ...found].join(
    '\n',
  );
};
