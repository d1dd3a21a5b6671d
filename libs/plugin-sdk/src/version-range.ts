const NUMBER = '(?:0|[1-9]\\d{0,8})';
const ANY = '[xX*]';
const LABEL = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const TAIL = `(?:-${LABEL}(?:\\.${LABEL})*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?`;
const FULL = `${NUMBER}\\.${NUMBER}\\.${NUMBER}${TAIL}`;
const PARTIAL = `(?:${FULL}|${NUMBER}(?:\\.${NUMBER}(?:\\.${ANY})?|(?:\\.${ANY}){1,2})?|${ANY}(?:\\.${ANY}){0,2})`;
const COMPARATOR = new RegExp(`^(?:\\^|~|>=|<=|>|<|=)?${PARTIAL}$`);
const HYPHEN = new RegExp(`^${PARTIAL} - ${PARTIAL}$`);
const VERSION = new RegExp(`^${FULL}$`);
const MAX_CHARS = 100;

/** Tells whether a text is a semantic version, such as `1.2.3` or `2.0.0-beta.1`. */
export const isVersion = (text: string): boolean => text.length <= MAX_CHARS && VERSION.test(text);

/**
 * Tells whether a text is a range of semantic versions, such as `^1.2.0`, `>=1 <3` or `1.x || 2.0 - 2.4`: a part of what npm reads,
 * without blanks behind operators, tags and addresses.
 */
export const isVersionRange = (text: string): boolean => {
  if (text.length > MAX_CHARS) return false;
  return text.split('||').every((part) => {
    const range = part.trim();
    return HYPHEN.test(range) || (range !== '' && range.split(/ +/).every((comparator) => COMPARATOR.test(comparator)));
  });
};
