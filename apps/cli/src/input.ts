import { isUtf8 } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import type { JsonObject } from '@ia-modules/engine';
import { findDuplicateKey } from './duplicate-key.ts';
import { readBytes } from './pipeline-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads the parameters of a run: JSON itself, a file's path, `@path`, or `-` for standard input.
 * @throws UsageError when it is no JSON object
 */
export const readInput = async (input: string): Promise<JsonObject> => {
  if (input === '-') return parseObject(decode(await buffer(process.stdin), 'standard input'), 'standard input');
  if (input.trim() === '')
    throw new UsageError('--input is empty: give it JSON, a file, @file, or - for standard input.');
  if (input.startsWith('@')) return readObject(input.slice(1));
  if (/^\s*[{["\d]/.test(input)) return parseObject(input, '--input');
  return readObject(input);
};

const readObject = async (file: string): Promise<JsonObject> => parseObject(decode(await readBytes(file), file), file);

const decode = (bytes: Buffer, name: string): string => {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new UsageError(`${name} is no UTF-8: save it as UTF-8.`);
};

/** `1e999` and `"\ud800"` are valid JSON that nothing could be written as again. */
const refuseUnprintable = (key: string, value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`the number of '${key}' is larger than numbers can be`);
  }
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
    throw new RangeError(`'${key.toWellFormed()}' holds half of a surrogate pair, which no UTF-8 can hold`);
  }
  return value;
};

const parseObject = (source: string, name: string): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(source.replace(/^\uFEFF/, ''), refuseUnprintable);
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${name} must hold an object with the parameters, such as {"city": "Ulm"}.`);
  }
  const duplicate = findDuplicateKey(source);
  if (duplicate !== undefined) {
    const { key, line, column } = duplicate;
    throw new UsageError(`${name} names the key '${key}' twice in one object, again at ${line}:${column}.`);
  }
  return value as JsonObject;
};
