import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textIn } from '../src/is-easy.ts';
import { lineOf } from '../src/line-protocol.ts';
import { longTexts } from '../src/max-words.ts';

test('finds every text that is too long, and where it stands', () => {
  const value = { title: 'one two', parts: ['one', { body: 'one  two three' }], n: 7 };
  assert.deepEqual(longTexts(value, 2), [{ path: '$.parts[1].body', message: 'has 3 words, and may have 2' }]);
  assert.deepEqual(longTexts(value, 3), []);
});

test('reads a field that holds a text, and no other', () => {
  assert.deepEqual(
    [textIn({ text: 'hi' }, 'text'), textIn({ text: 1 }, 'text'), textIn('hi', 'length')],
    ['hi', undefined, undefined],
  );
});

test('writes a measurement as a line', () => {
  assert.equal(lineOf({ name: 'run.duration', value: 1.5, at: 1000 }), 'run_duration value=1.5 1000');
});
