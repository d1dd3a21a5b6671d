import type { Json } from '@ia-modules/engine';

/** A value as it may be kept and shown: one that is larger is told of by its size and its beginning. */
export const boundJson = (value: Json, maxChars: number): Json => {
  const text = JSON.stringify(value);
  if (text.length <= maxChars) return value;
  return { $cut: { chars: text.length, beginning: text.slice(0, maxChars).toWellFormed() } };
};
