/** Draws from a beta distribution. */
export const drawBeta = (alpha: number, beta: number, random: () => number): number => {
  const left = drawGamma(alpha, random);
  const right = drawGamma(beta, random);
  return left / (left + right);
};

/** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), for shapes of 1 and more. */
const drawGamma = (shape: number, random: () => number): number => {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
};

/** Box and Muller. */
const drawNormal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
