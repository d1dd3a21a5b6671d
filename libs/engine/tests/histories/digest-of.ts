import { createHash } from 'node:crypto';
import type { RunState } from '../../src/run/state.ts';

/**
 * A digest of what a run's state says. What is null, false, zero or empty says nothing and is left out: a later engine may know of
 * more things, and that they have not happened changes no digest.
 */
export const digestOf = (state: RunState): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(state, [])) ?? '')
    .digest('hex');

/** Undefined for what says nothing. Objects that lie in themselves are named by their key. */
const canonical = (value: unknown, around: readonly unknown[]): unknown => {
  if (typeof value !== 'object' || value === null) return isTelling(value) ? primitive(value) : undefined;
  if (around.includes(value)) return { key: 'key' in value ? value.key : null };
  const inside = [...around, value];
  if (value instanceof Map) return list([...value], inside);
  if (value instanceof Set) return list([...value], inside);
  if (ArrayBuffer.isView(value)) return list([...(value as unknown as Iterable<number>)], inside);
  if (Array.isArray(value)) return list(value, inside);
  const entries = Object.entries(value)
    .map(([key, item]) => [key, canonical(item, inside)] as const)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
};

const isTelling = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== false && value !== 0 && value !== '';

const primitive = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

/** In a list, what says nothing keeps its place. */
const list = (items: readonly unknown[], inside: readonly unknown[]): unknown => {
  const told = items.map((item) => canonical(item, inside) ?? null);
  return told.every((item) => item === null) ? undefined : told;
};
