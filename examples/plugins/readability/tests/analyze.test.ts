import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../src/analyze.ts';

test('scores an easy text higher than a hard one', () => {
  const easy = analyze('The cat sat on the mat. The dog ran to the cat. They had fun.', 'en');
  const hard = analyze('Institutional considerations necessitate comprehensive organizational reevaluation.', 'en');
  assert.deepEqual([easy.words, easy.sentences, easy.syllables], [15, 3, 15]);
  assert.ok((easy.flesch_reading_ease ?? 0) > 100);
  assert.ok((hard.flesch_reading_ease ?? 0) < 0);
});

test('counts sentences, not full stops', () => {
  assert.equal(analyze('Is it 3.5 percent? Yes! It is.', 'en').sentences, 3);
});

test('leaves out silent endings', () => {
  assert.equal(analyze('make walked table boxes', 'en').syllables, 6);
});

test('ranks words by how often they occur', () => {
  assert.deepEqual(analyze('Apfel Birne Apfel, und Birne und Apfel.', 'de').top_words, [
    { word: 'apfel', count: 3 },
    { word: 'birne', count: 2 },
  ]);
});

for (const text of ['', '   ', '… — !']) {
  test(`gives no score for ${JSON.stringify(text)}`, () => {
    const { words, sentences, flesch_reading_ease: score, top_words: top } = analyze(text, 'en');
    assert.deepEqual([words, sentences, score, top], [0, 0, null, []]);
  });
}
