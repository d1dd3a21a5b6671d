import process from 'node:process';

/** `long` is what `npm run chaos` does; `short` belongs to the ordinary tests. */
export const isLong = process.env['IA_CHAOS'] === 'long';

const DEFAULT_SEED = 20_260_731;
const LARGEST_SEED = 2 ** 31;

const readSeed = (): number => {
  const given = Number(process.env['IA_CHAOS_SEED']);
  if (Number.isInteger(given) && given > 0) return given;
  return isLong ? 1 + Math.floor(Math.random() * LARGEST_SEED) : DEFAULT_SEED;
};

/** What every random choice of a scenario comes from; IA_CHAOS_SEED sets it. */
export const seed = readSeed();

/** How often a scenario does what it is about. */
export const times = (counts: Readonly<{ short: number; long: number }>): number =>
  isLong ? counts.long : counts.short;

/** Says in a line what a scenario did and measured; the ordinary tests stay silent. */
export const report = (scenario: string, figures: Readonly<Record<string, number | string>>): void => {
  if (!isLong) return;
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${scenario}: ${[...text, `seed ${seed}`].join(', ')}\n`);
};
