import process from 'node:process';

/** `long` is what `npm run chaos` does; `short` belongs to the ordinary tests. */
export const isLong = process.env['IA_CHAOS'] === 'long';

const DEFAULT_SEED = 20_260_731;

/** What every random choice of a scenario comes from; IA_CHAOS_SEED sets it. */
export const seed = Number(process.env['IA_CHAOS_SEED'] ?? DEFAULT_SEED);

/** How often a scenario does what it is about. */
export const times = (counts: Readonly<{ short: number; long: number }>): number =>
  isLong ? counts.long : counts.short;

/** Far beyond what a scenario takes on a busy machine. */
export const TIMEOUT_MS = times({ short: 150_000, long: 1_800_000 });

/** Says in a line what a scenario did and measured; the ordinary tests stay silent. */
export const report = (scenario: string, figures: Readonly<Record<string, number | string>>): void => {
  if (!isLong) return;
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${scenario}: ${[...text, `seed ${seed}`].join(', ')}\n`);
};
