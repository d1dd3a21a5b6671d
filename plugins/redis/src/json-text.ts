import type { Json } from '@ia-modules/plugin-sdk';

export const toText = (value: Json): string => JSON.stringify(value ?? null);

/** What others wrote may be no JSON: then it is a text. */
export const fromText = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};
