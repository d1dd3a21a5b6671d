import { readFile } from 'node:fs/promises';
import type { Json, JsonObject } from '@ia-modules/engine';
import { InvalidArgumentError } from 'commander';
import { findDuplicateKey } from '../duplicate-key.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Reads JSON itself, or from a file that `@path` names.
 * @throws UsageError when it is none
 */
export const readJson = async (text: string, name: string): Promise<Json> => {
  const source = text.startsWith('@') ? await readSource(text.slice(1), name) : text;
  let value: Json;
  try {
    value = JSON.parse(source) as Json;
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const duplicate = findDuplicateKey(source);
  if (duplicate !== undefined) throw new UsageError(`${name} names the key '${duplicate.key}' twice in one object.`);
  return value;
};

/** As {@link readJson}, for what must be an object. */
export const readJsonObject = async (text: string, name: string): Promise<JsonObject> => {
  const value = await readJson(text, name);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new UsageError(`${name} must be a JSON object such as {"city": "Ulm"}.`);
};

const readSource = async (file: string, name: string): Promise<string> => {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`${name} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Reads `name=json`. */
export const readAssignment = async (text: string, name: string): Promise<readonly [string, Json]> => {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`${name} ${text}: write what is to be set, =, and its value as JSON.`);
  return [text.slice(0, at), await readJson(text.slice(at + 1), `${name} ${text.slice(0, at)}`)];
};

/** Reads several `name=json`. */
export const readAssignments = async (
  texts: readonly string[],
  name: string,
): Promise<Readonly<Record<string, Json>>> =>
  Object.fromEntries(await Promise.all(texts.map((text) => readAssignment(text, name))));

/** Parses an option that is a whole number between two others. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Parses an option that is an amount above nothing. */
export const amount = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
};

/** Collects an option that may be repeated. */
export const collect = (text: string, texts: readonly string[] = []): readonly string[] => [...texts, text];

/** What was said: without what was left out. */
export const given = (values: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as JsonObject;
