/** Rows of bits: who lies before whom, for thousands of steps at once. */
export type BitMatrix = {
  readonly words: number;
  readonly bits: Int32Array;
};

export const createBitMatrix = (rows: number, columns: number): BitMatrix => {
  const words = Math.max(1, (columns + 31) >>> 5);
  return { words, bits: new Int32Array(rows * words) };
};

export const setBit = ({ words, bits }: BitMatrix, row: number, column: number): void => {
  const place = row * words + (column >>> 5);
  bits[place] = (bits[place] ?? 0) | (1 << (column & 31));
};

export const hasBit = ({ words, bits }: BitMatrix, row: number, column: number): boolean =>
  ((bits[row * words + (column >>> 5)] ?? 0) & (1 << (column & 31))) !== 0;

/** Adds to a row what is in another; tells whether that changed it. */
export const mergeRow = ({ words, bits }: BitMatrix, row: number, source: number): boolean => {
  let isChanged = false;
  const target = row * words;
  const from = source * words;
  for (let word = 0; word < words; word += 1) {
    const before = bits[target + word] ?? 0;
    const after = before | (bits[from + word] ?? 0);
    if (after === before) continue;
    bits[target + word] = after;
    isChanged = true;
  }
  return isChanged;
};
