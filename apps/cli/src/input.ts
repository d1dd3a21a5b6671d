import { text } from 'node:stream/consumers';
import type { JsonObject } from '@ia-modules/engine';
import { readText } from './pipeline-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads the parameters of a run: JSON itself, a file's path, `@path`, or `-` for standard input.
 * @throws UsageError when it is no JSON object
 */
export const readInput = async (input: string): Promise<JsonObject> => {
  if (input === '-') return parseObject(await text(process.stdin), 'standard input');
  if (input.trim() === '')
    throw new UsageError('--input is empty: give it JSON, a file, @file, or - for standard input.');
  if (input.startsWith('@')) return parseObject(await readText(input.slice(1)), input.slice(1));
  if (/^\s*[{["\d]/.test(input)) return parseObject(input, '--input');
  return parseObject(await readText(input), input);
};

/** `1e999` is valid JSON that no JSON can be written of. */
const refuseInfinity = (key: string, value: unknown): unknown => {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new RangeError(`the number of '${key}' is larger than numbers can be`);
};

const parseObject = (source: string, name: string): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(source.replace(/^\uFEFF/, ''), refuseInfinity);
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${name} must hold an object with the parameters, such as {"city": "Ulm"}.`);
  }
  return value as JsonObject;
};
