import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPersonalData, KINDS, mask } from '../src/find-personal-data.ts';

for (const [text, masked] of [
  ['Write to Ana.Müller+x@example.co.uk today.', 'Write to [email] today.'],
  ['Card 4111 1111 1111 1111, not 4111 1111 1111 1112.', 'Card [card], not 4111 1111 1111 1112.'],
  ['Pay to GB29 NWBK 6016 1331 9268 19.', 'Pay to [iban].'],
  ['Call +41 44 668 18 00 or 117.', 'Call [phone] or 117.'],
  ['Order 2026-11-23 of 3 pieces at 1.5 @ home.', 'Order 2026-11-23 of 3 pieces at 1.5 @ home.'],
  ['', ''],
] as const) {
  test(JSON.stringify(text), () => assert.equal(mask(text, KINDS), masked));
}

test('finds only what it is asked for', () => {
  const text = 'a@example.com +41446681800';
  assert.deepEqual(
    findPersonalData(text, ['phone']).map(({ kind }) => kind),
    ['phone'],
  );
});

test('takes a hostile text in its stride', () => {
  const text = `${'a.'.repeat(50_000)}@${'b.'.repeat(50_000)}`;
  assert.equal(mask(text, KINDS).length > 0, true);
});
