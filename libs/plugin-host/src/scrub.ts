const MIN_SECRET_CHARS = 4;
/** They move a terminal's cursor, ring, or turn the direction of what follows. Tabs and line feeds do not. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;
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
    for (const value of values) safe = safe.replaceAll(value, '***');
    for (const [path, shown] of Object.entries(paths)) safe = safe.replaceAll(path, shown);
    return safe;
  };
};

/** Makes a text of a plugin safe to show, on a terminal too: secret values, host paths and control characters are replaced. */
export const createScrub = (secrets: readonly string[], paths: Readonly<Record<string, string>>): Scrub => {
  const redact = createRedaction(secrets, paths);
  return (text) => redact(text).replaceAll(UNPRINTABLE, REPLACEMENT);
};
