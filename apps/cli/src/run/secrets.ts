import { parseEnv } from 'node:util';
import { createSecretScrub, type SecretLookup } from '@ia-modules/engine';
import { z } from 'zod';
import { readText } from '../pipeline-file.ts';
import { UsageError } from '../usage-error.ts';

export type LocalSecrets = {
  readonly lookup: SecretLookup;
  /** The names of all there are. */
  readonly names: readonly string[];
  /** Masks every secret that was looked up so far. */
  readonly mask: (text: string) => string;
};

const secretsFile = z.record(z.string(), z.string());

/**
 * Secrets from a file (a JSON object of texts, or `NAME=value` lines), then from variables.
 * @throws UsageError when the file can't be read or holds anything else
 */
export const readSecrets = async (
  file: string | undefined,
  variables: ReadonlyMap<string, string>,
): Promise<LocalSecrets> => {
  const fromFile = file === undefined ? {} : parseSecrets(await readText(file), file);
  const given = new Set<string>();
  let scrub = createSecretScrub(given);
  return {
    names: [...new Set([...Object.keys(fromFile), ...variables.keys()])],
    lookup: (name) => {
      const value = Object.hasOwn(fromFile, name) ? fromFile[name] : variables.get(name);
      if (value !== undefined && !given.has(value)) scrub = createSecretScrub(given.add(value));
      return value;
    },
    mask: (text) => scrub.text(text),
  };
};

/** Whoever names a file says with it which secrets there are: then a pipeline that reads another one is wrong. */
export const secretsToCheck = (
  file: string | undefined,
  { names }: LocalSecrets,
): { readonly secrets?: readonly string[] } => (file === undefined ? {} : { secrets: names });

/** Errors quote no line of the file: it holds secrets. */
const parseSecrets = (text: string, file: string): Readonly<Record<string, string | undefined>> => {
  const plain = text.replace(/^\uFEFF/, '');
  if (!plain.trimStart().startsWith('{')) return { ...parseEnv(plain) };
  const parsed = secretsFile.safeParse(tryParse(plain));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} must hold an object of texts, such as {"API_KEY": "…"}, or lines such as API_KEY=….`);
};

const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
