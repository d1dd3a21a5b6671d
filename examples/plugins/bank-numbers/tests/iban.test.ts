import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIban } from '../src/iban.ts';

test('reads numbers however they are written', () => {
  const expected = { country: 'GB', account: 'NWBK60161331926819', printed: 'GB29 NWBK 6016 1331 9268 19' };
  for (const text of ['GB29NWBK60161331926819', 'gb29 nwbk 6016 1331 9268 19', 'GB29-NWBK-6016-1331-9268-19']) {
    assert.deepEqual(readIban(text), expected);
  }
});

for (const [text, problem] of [
  ['', 'not_an_iban'],
  ['hello', 'not_an_iban'],
  ['ZZ29NWBK60161331926819', 'unknown_country'],
  ['GB29NWBK6016133192681', 'wrong_length'],
  ['GB29NWBK60161331926891', 'wrong_check_digits'],
  ['CO29NWBK60161331926819', 'unknown_country'],
] as const) {
  test(`${JSON.stringify(text)}: ${problem}`, () => assert.equal(readIban(text), problem));
}
