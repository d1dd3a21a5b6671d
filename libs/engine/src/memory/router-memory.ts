import type { ArmStatistics } from '../run/events.ts';

/** What adaptive routers have learnt, by router and context. */
export type RouterMemory = {
  read(router: string, context: string): Readonly<Record<string, ArmStatistics>>;
  add(router: string, reward: { readonly context: string; readonly to: string; readonly reward: number }): void;
};

const MAX_CONTEXTS = 10_000;

/** Remembers as long as the process runs; of too many contexts the oldest are forgotten. */
export const createRouterMemory = (): RouterMemory => {
  const known = new Map<string, Map<string, ArmStatistics>>();
  const keyOf = (router: string, context: string): string => `${router}\0${context}`;
  return {
    read: (router, context) => Object.fromEntries(known.get(keyOf(router, context)) ?? []),
    add: (router, { context, to, reward }) => {
      const key = keyOf(router, context);
      const arms = known.get(key) ?? new Map<string, ArmStatistics>();
      const arm = arms.get(to) ?? { pulls: 0, reward: 0 };
      arms.set(to, { pulls: arm.pulls + 1, reward: arm.reward + reward });
      known.delete(key);
      known.set(key, arms);
      for (const oldest of known.keys()) {
        if (known.size <= MAX_CONTEXTS) break;
        known.delete(oldest);
      }
    },
  };
};
