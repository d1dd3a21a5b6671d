// oxlint-disable-next-line typescript/triple-slash-reference -- packages that read these sources have to find the types
/// <reference path="./damerau-levenshtein.d.ts" />
import editDistance from 'damerau-levenshtein';

/** Shorter names have too many neighbours that mean something else. */
const MIN_LENGTH_OF_TYPOS = 5;

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  i: 'l',
};

/** What is left of a lower-case name for the hurried eye: no separators, letters for digits, nothing twice in a row. */
export function skeletonOf(name: string): string {
  return name
    .replaceAll(/[^a-z0-9]/g, '')
    .replaceAll(/[0134578i]/g, (char) => LOOK_ALIKES[char] ?? char)
    .replaceAll('vv', 'w')
    .replaceAll('rn', 'm')
    .replaceAll(/(.)\1+/g, '$1');
}

/** Whether people take one name for the other: they look the same, or are one slip of the finger apart. */
export function readsLike(name: string, other: string): boolean {
  const [a, b] = [skeletonOf(name), skeletonOf(other)];
  if (a === b) return true;
  if (Math.min(a.length, b.length) < MIN_LENGTH_OF_TYPOS || Math.abs(a.length - b.length) > 1) return false;
  return editDistance(a, b).steps <= 1;
}
