const MIN_SECRET_CHARS = 4;

/** Makes a text of a plugin safe to show: secret values and host paths are replaced. */
export type Scrub = (text: string) => string;

export const createScrub = (secrets: readonly string[], paths: Readonly<Record<string, string>>): Scrub => {
  const values = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS).toSorted((a, b) => b.length - a.length);
  return (text) => {
    let safe = text;
    for (const value of values) safe = safe.replaceAll(value, '***');
    for (const [path, shown] of Object.entries(paths)) safe = safe.replaceAll(path, shown);
    return safe;
  };
};
