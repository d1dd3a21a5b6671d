/** A place in a text, its line counted from 1. */
type Place = Readonly<{ kind: string; at: number }>;

/** What the recommended rules of secretlint leave out. */
const PATTERNS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['PlatformToken', /(?<![\w-])ia_[A-Za-z0-9_-]{43}(?![\w-])/g],
  ['AWSSecretAccessKey', /secret_?access_?key["']?\s{0,9}[:=]\s{0,9}["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi],
  ['PrivateKey', /-----BEGIN (?:[A-Z]{2,9} )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=\r\n]{60}/g],
];
const MAX_OF_A_KIND = 20;
const DISABLED = 'secretlint-disable-next-line';

/** Files that hold secrets and nothing else of use to a plugin, apart from examples of them. */
const SECRET_FILE =
  /(?:^|\/)(?:\.env(?:\.(?!example$|sample$|template$|dist$)[^/]*)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials)$/i;

/** Whether a file is one that tools keep secrets in, by its name. */
export function isSecretFile(path: string): boolean {
  return SECRET_FILE.test(path);
}

export function findPatterns(text: string): readonly Place[] {
  return PATTERNS.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern).take(MAX_OF_A_KIND)]
      .map(({ index }) => text.slice(0, index).split('\n'))
      .filter((lines) => lines.at(-2)?.includes(DISABLED) !== true)
      .map((lines) => ({ kind, at: lines.length })),
  );
}
