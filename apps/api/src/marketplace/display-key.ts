/** What the eye takes for a Latin letter, by that letter. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: '4@аαɑ',
  b: '8вβь',
  c: 'сϲ¢',
  d: 'ԁ',
  e: '3еεє',
  g: '9ɡ',
  h: 'нһ',
  j: 'ј',
  k: 'кκ',
  l: '1i|!ıіιӏї',
  m: 'мµ',
  n: 'пη',
  o: '0оοσө',
  p: 'рρ',
  q: 'ԛ',
  s: '5$ѕ',
  t: '7тτ',
  u: 'υս',
  v: 'νѵ',
  w: 'ԝшω',
  x: 'хχ×',
  y: 'уүγ',
  z: '2ᴢ',
};

const LETTER_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, alikes]) => Array.from(alikes, (alike) => [alike, letter] as const)),
);

/** A name as the eye takes it: two that are easily taken for each other have the same. Empty where nothing is left. */
export const displayKey = (name: string): string =>
  Array.from(
    name.normalize('NFKD').toLowerCase().normalize('NFKD'),
    (character) => LETTER_OF.get(character) ?? character,
  )
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd');
