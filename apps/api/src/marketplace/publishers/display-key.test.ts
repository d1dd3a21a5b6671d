import { expect, it } from 'vitest';
import { displayKey } from './display-key.ts';

it.each([
  ['Acme Tools', 'ACME  tools'],
  ['Acme Tools', 'Acme-Tools.'],
  ['Acme Tools', 'Асmе Tооls'],
  ['Acme Tools', 'Ácmé T0o1s'],
  ['Acme Tools', 'Ａｃｍｅ Ｔｏｏｌｓ'],
  ['Modern', 'Modem'],
  ['Will', 'W1ll'],
  ['Acme Tools', 'Acme\u3164Tools\u115F'],
  ['Honey', 'ΗοΝεΥ'],
  ['Acme', 'ꓮꓚꓟꓰ'],
  ['Acme', 'ᎪᏟᎷᎬ'],
  ['Acme', 'ᴀᴄᴍᴇ'],
  ['Mu', 'Μυ'],
])('takes %j and %j for each other', (one, other) => {
  expect(displayKey(one)).toBe(displayKey(other));
});

it('tells different names apart, and sees nothing in signs', () => {
  expect(displayKey('Acme')).not.toBe(displayKey('Apex'));
  expect(displayKey('東京')).not.toBe(displayKey('京都'));
  expect(displayKey(' -_. ')).toBe('');
  expect(displayKey('\u3164\u115F')).toBe('');
});
