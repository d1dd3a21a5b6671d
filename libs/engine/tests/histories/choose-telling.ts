import type { RunEvent } from '@ia-modules/engine';
import type { History } from './history.ts';

/** Chooses histories until none of those that are left shows anything new. The first ones are kept as they come. */
export const chooseTelling = (kept: readonly History[], others: readonly History[]): History[] => {
  const chosen = [...kept];
  const shown = new Set(kept.flatMap(featuresOf));
  let left = others.map((history) => ({ history, features: featuresOf(history) }));
  for (;;) {
    left = left.filter(({ features }) => features.some((feature) => !shown.has(feature)));
    const [best] = left.toSorted((a, b) => newIn(b.features, shown) - newIn(a.features, shown));
    if (best === undefined) return chosen;
    chosen.push(best.history);
    for (const feature of best.features) shown.add(feature);
  }
};

const newIn = (features: readonly string[], shown: ReadonlySet<string>): number =>
  features.filter((feature) => !shown.has(feature)).length;

/** Which kinds of events follow one another: what a decision is made of. */
const featuresOf = ({ events }: History): string[] => [
  ...new Set(events.map((event, index) => `${kindOf(events[index - 1])} ${kindOf(event)}`)),
];

const kindOf = (event: RunEvent | undefined): string => {
  if (event === undefined) return '';
  const { type, part = '', data } = event;
  const details = ['reason', 'purpose', 'decision', 'kind', 'refusal'].flatMap((key) =>
    key in data && !type.endsWith('_canceled') ? [String((data as Record<string, unknown>)[key])] : [],
  );
  return [type, part.replaceAll(/\d+/g, ''), ...details].join(':');
};
