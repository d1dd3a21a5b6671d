const MIN_SECRET_CHARS = 4;

/** Replaces the values of secrets, as they are and as URLs write them. */
export type Scrub = (text: string) => string;

export const createScrub = (secrets: Readonly<Record<string, string>>): Scrub => {
  const values = Object.values(secrets)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= MIN_SECRET_CHARS)
    .toSorted((a, b) => b.length - a.length);
  return (text) => values.reduce((safe, value) => safe.replaceAll(value, '***'), text);
};
