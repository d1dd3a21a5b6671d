/** What a label reads once its bound is reached. */
export const OTHER_LABEL = 'other';

const MAX_LABEL_CHARS = 100;

/**
 * Keeps a label's distinct values within a bound, so that tenants' names can't blow up a metrics store: the first
 * `maxValues` pass, later ones read `other`.
 */
export const createLabelBound = (maxValues: number): ((value: string) => string) => {
  const seen = new Set<string>();
  return (value) => {
    const label = value.slice(0, MAX_LABEL_CHARS);
    if (seen.has(label)) return label;
    if (seen.size >= maxValues) return OTHER_LABEL;
    seen.add(label);
    return label;
  };
};
