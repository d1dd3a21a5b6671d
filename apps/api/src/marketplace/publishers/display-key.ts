/** What the eye takes for a Latin letter, by that letter. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: '4@аαɑᴀ',
  b: '8вβьʙ',
  c: 'сϲ¢ᴄ',
  d: 'ԁᴅ',
  e: '3еεєᴇ',
  g: '9ɡɢ',
  h: 'нһʜ',
  j: 'јᴊ',
  k: 'кκᴋ',
  l: '1i|!ıіιӏїʟɪ',
  m: 'мμᴍ',
  n: 'пηɴ',
  o: '0оοσөᴏ',
  p: 'рρᴘ',
  q: 'ԛ',
  r: 'ʀ',
  s: '5$ѕꜱ',
  t: '7тτᴛ',
  u: 'υսᴜ',
  v: 'νѵᴠ',
  w: 'ԝшωᴡ',
  x: 'хχ×',
  y: 'уүγʏ',
  z: '2ᴢ',
};

/** Capitals that look like other letters than their small ones do, or that have none. */
const CAPITALS: Readonly<Record<string, string>> = {
  a: 'ꓮᎪ',
  b: 'ꓐᏴ',
  c: 'ꓚᏟ',
  d: 'ꓓᎠ',
  e: 'ꓰᎬ',
  f: 'ꓝ',
  g: 'ꓖᏀ',
  h: 'ΗꓧᎻ',
  j: 'ꓙᎫ',
  k: 'ꓗᏦ',
  l: 'ꓡᏞꓲ',
  m: 'ꓟᎷ',
  n: 'Νꓠ',
  o: 'ꓳ',
  p: 'ꓑᏢ',
  r: 'ꓣᎡ',
  s: 'ꓢᏚ',
  t: 'ꓔᎢ',
  u: 'ꓴ',
  v: 'ꓦᏙ',
  w: 'ꓪᎳ',
  x: 'ꓫ',
  y: 'Υꓬ',
  z: 'ꓜᏃ',
};

const lettersOf = (alikes: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(alikes).flatMap(([letter, all]) => Array.from(all, (alike) => [alike, letter] as const)));

const SMALL_LETTERS = lettersOf(LOOK_ALIKES);
const CAPITAL_LETTERS = lettersOf(CAPITALS);

const readAs = (text: string, letters: ReadonlyMap<string, string>): string =>
  Array.from(text, (character) => letters.get(character) ?? character).join('');

/** Letters and digits; some letters are drawn as nothing. */
const isSeen = (character: string): boolean =>
  /[\p{L}\p{N}]/u.test(character) && !/\p{Default_Ignorable_Code_Point}/u.test(character);

/** A name as the eye takes it: two that are easily taken for each other have the same. Empty where nothing is left. */
export const displayKey = (name: string): string => {
  const small = readAs(name.normalize('NFKD'), CAPITAL_LETTERS).toLowerCase().normalize('NFKD');
  return Array.from(readAs(small, SMALL_LETTERS))
    .filter((character) => isSeen(character))
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd');
};
