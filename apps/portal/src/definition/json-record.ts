export type JsonRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a text of an object of unknown shape; null when it is missing, empty or something else. */
export function readString(value: unknown, key: string): string | null {
  const member = isRecord(value) ? value[key] : undefined;
  return typeof member === 'string' && member !== '' ? member : null;
}

/** Reads a list of an object of unknown shape; empty when it is missing or something else. */
export function readList(value: unknown, key: string): readonly unknown[] {
  const member = isRecord(value) ? value[key] : undefined;
  return Array.isArray(member) ? member : [];
}

/** Parses JSON; undefined for a text that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
