import { createSecretScrub } from '@ia-modules/engine';

const MIN_SECRET_CHARS = 4;
/** They move a terminal's cursor, ring, or turn the direction of what follows. Tabs and line feeds do not. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;
const MASK = '***';
const REPLACEMENT = '\ufffd';

export type Scrub = (text: string) => string;

/** As it is, within a JSON text, and within a URL. */
const spellingsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
];

/** Replaces secret values, the longest first, and host paths. */
export const createRedaction = (secrets: readonly string[], paths: Readonly<Record<string, string>> = {}): Scrub => {
  const values = [...new Set(secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS).flatMap(spellingsOf))];
  values.sort((a, b) => b.length - a.length);
  return (text) => {
    let safe = text;
    for (const value of values) safe = safe.replaceAll(value, MASK);
    for (const [path, shown] of Object.entries(paths)) safe = safe.replaceAll(path, shown);
    return safe;
  };
};

/**
 * Makes a text of a plugin safe to show, on a terminal too: secret values in every form that steps' outputs are searched for, the larger
 * part of one that was cut in two, host paths and control characters are replaced.
 */
export const createScrub = (secrets: readonly string[], paths: Readonly<Record<string, string>>): Scrub => {
  const redact = createRedaction(secrets, paths);
  const maskForms = createFormsMask(secrets);
  return (text) => maskCut(maskForms(redact(text)), secrets).replaceAll(UNPRINTABLE, REPLACEMENT);
};

/** Many calls have nothing to show: the forms of their secrets are not worked out. */
const createFormsMask = (secrets: readonly string[]): Scrub => {
  let mask: Scrub | undefined;
  return (text) => {
    if (secrets.length === 0) return text;
    mask ??= createSecretScrub(secrets).text;
    return mask(text);
  };
};

/** A text that was cut at its longest, or a secret in two lines, leaves a beginning or an end: half of it or more is a secret still. */
const maskCut = (text: string, secrets: readonly string[]): string => {
  let safe = text;
  for (const secret of secrets) {
    const fewest = Math.max(Math.ceil(secret.length / 2), MIN_SECRET_CHARS);
    const endChars = longest(secret, fewest, (chars) => safe.endsWith(secret.slice(0, chars)));
    if (endChars > 0) safe = `${safe.slice(0, -endChars)}${MASK}`;
    const startChars = longest(secret, fewest, (chars) => safe.startsWith(secret.slice(-chars)));
    if (startChars > 0) safe = `${MASK}${safe.slice(startChars)}`;
  }
  return safe;
};

/** A large secret is not searched character by character. */
const MAX_CUT_CHARS = 1_024;

const longest = (secret: string, fewest: number, isThere: (chars: number) => boolean): number => {
  for (let chars = Math.min(secret.length - 1, MAX_CUT_CHARS); chars >= fewest; chars--)
    if (isThere(chars)) return chars;
  return 0;
};
