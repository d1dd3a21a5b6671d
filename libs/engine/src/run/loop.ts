import { rewardRouters } from './adaptive-router.ts';
import type { Turn } from './decision.ts';
import { iterationOf, stepStatus } from './state.ts';

/** Looks at a loop of which everything has ended: it goes round once more, or it is over. */
export const turnLoop = (turn: Turn, region: number): void => {
  const { plan, state } = turn;
  const loop = plan.regions[region];
  if (loop === undefined) return;
  const path = iterationOf(plan, state, loop.header);
  const count = state.iterations[region] ?? 1;
  if (state.isAgain[region] === 1) {
    rewardRouters(turn, (step) => isWithin(turn, step, region));
    const outer = path.slice(0, path.lastIndexOf('.') + 1);
    const place = { step: loop.header, iteration: `${outer}${count + 1}`, index: '' };
    turn.recordAt(place, 'loop_iterated', { data: {} });
    return;
  }
  const iterations = count === 1 && stepStatus(state, loop.header) === 'skipped' ? 0 : count;
  turn.recordAt({ step: loop.header, iteration: path, index: '' }, 'loop_ended', { data: { iterations } });
};

const isWithin = ({ plan }: Turn, step: number, region: number): boolean => {
  for (let current = plan.steps[step]?.region ?? -1; current !== -1; current = plan.regions[current]?.parent ?? -1) {
    if (current === region) return true;
  }
  return false;
};
