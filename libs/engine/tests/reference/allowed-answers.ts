import type { Answer } from './answer.ts';
import { runReference } from './reference-run.ts';
import type { ReferenceCase } from './reference-case.ts';

const RANDOM_ORDERS = 40;

/** Chooses at random, the same way for the same seed. */
const randomPick = (seed: number): ((count: number) => number) => {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
};

/**
 * What the rulings allow. Where several things can happen at one instant they leave open which is first, and that can
 * show: each order in turn gives an answer.
 */
export function* allowedAnswers(referenceCase: ReferenceCase): Generator<Answer> {
  yield runReference(referenceCase);
  yield runReference(referenceCase, (count) => count - 1);
  for (let seed = 1; seed <= RANDOM_ORDERS; seed += 1) yield runReference(referenceCase, randomPick(seed));
}
