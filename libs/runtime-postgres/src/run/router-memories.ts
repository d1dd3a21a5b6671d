import type { RouterReward } from '@ia-modules/engine';
import type { Arms, ArmsQuery, NewReward } from '../log/reward-rows.ts';
import { digestOf, type StepPlace } from '../log/step-place.ts';

/** What adaptive routers have learnt: what the database has, so that nothing counts that was not committed. */
export type RouterMemories = {
  /** Rejects when the worker's term is over. */
  read(router: StepPlace, context: string): Promise<Arms>;
  /** What is to be stored with the reward's event. */
  earn(router: StepPlace, reward: Omit<RouterReward, 'stepId'>): NewReward;
};

export type RouterMemoriesOptions = {
  readonly find: (query: ArmsQuery) => Promise<Arms>;
  readonly onGrown: (tenantId: string) => void;
};

export const createRouterMemories = ({ find, onGrown }: RouterMemoriesOptions): RouterMemories => ({
  read: (router, context) => find({ ...router, context: digestOf(context) }),
  earn: (router, { context, to, reward }) => {
    onGrown(router.tenantId);
    return { ...router, context: digestOf(context), arm: to, reward };
  },
});
