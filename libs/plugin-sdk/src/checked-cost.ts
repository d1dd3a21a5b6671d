/**
 * Gives a cost back when it is one; runtimes check so what a step reports.
 * @throws RangeError when it is negative or no finite number
 */
export const checkedCost = (usd: number): number => {
  if (Number.isFinite(usd) && usd >= 0) return usd;
  throw new RangeError('A cost is a number of US dollars, 0 or more.');
};
