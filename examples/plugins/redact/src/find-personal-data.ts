export const KINDS = ['email', 'card', 'iban', 'phone'] as const;
export type Kind = (typeof KINDS)[number];

export type Finding = { readonly kind: Kind; readonly start: number; readonly text: string };

/** Every pattern takes time in proportion to the text: none of them repeats what repeats. */
const PATTERNS: Readonly<Record<Kind, RegExp>> = {
  email: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}.-]{1,253}\.\p{L}{2,24}/gu,
  card: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g,
  iban: /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])/g,
  phone: /(?<![\p{L}\p{N}])\+\d(?:[ ()./-]{0,2}\d){6,14}(?!\d)/gu,
};

/** Luhn's check: what cards have and other long numbers seldom. */
const isCardNumber = (text: string): boolean => {
  const digits = Array.from(text.replaceAll(/\D/g, ''), Number).toReversed();
  const sum = digits.reduce((total, digit, place) => {
    const counted = place % 2 === 0 ? digit : digit * 2;
    return total + (counted > 9 ? counted - 9 : counted);
  }, 0);
  return sum % 10 === 0;
};

const isMeant = (kind: Kind, text: string): boolean => kind !== 'card' || isCardNumber(text);

/** What looks like personal data in a text, in its order; of what overlaps, what begins first. */
export const findPersonalData = (text: string, kinds: readonly Kind[]): readonly Finding[] => {
  const found = kinds.flatMap((kind) =>
    [...text.matchAll(PATTERNS[kind])]
      .filter(([match]) => isMeant(kind, match))
      .map((match): Finding => ({ kind, start: match.index, text: match[0] })),
  );
  let end = 0;
  return found
    .toSorted((a, b) => a.start - b.start || b.text.length - a.text.length)
    .filter(({ start, text: match }) => {
      if (start < end) return false;
      end = start + match.length;
      return true;
    });
};

/** The text with a word in place of each finding. */
export const mask = (text: string, kinds: readonly Kind[]): string => {
  let end = 0;
  const parts = findPersonalData(text, kinds).map(({ kind, start, text: match }) => {
    const before = text.slice(end, start);
    end = start + match.length;
    return `${before}[${kind}]`;
  });
  return parts.join('') + text.slice(end);
};
