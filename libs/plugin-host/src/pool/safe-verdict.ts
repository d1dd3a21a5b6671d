import type { Json } from '@ia-modules/plugin-sdk';
import type { Scrub } from '../scrub.ts';

const MAX_ERRORS = 100;
const MAX_PATH_CHARS = 500;
const MAX_MESSAGE_CHARS = 2_000;

type Verdict = {
  readonly valid: boolean;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
};

/** What a validator says of a value becomes an error of the run, and is as safe to show as any other error of a plugin. */
export const safeVerdict = (verdict: Json, scrub: Scrub): Json => {
  if (typeof verdict === 'boolean') return verdict;
  const { valid, errors } = verdict as Verdict;
  if (errors === undefined) return { valid };
  const told = errors.slice(0, MAX_ERRORS).map(({ path, message }) => ({
    path: scrub(path).slice(0, MAX_PATH_CHARS),
    message: scrub(message).slice(0, MAX_MESSAGE_CHARS),
  }));
  return { valid, errors: told };
};
