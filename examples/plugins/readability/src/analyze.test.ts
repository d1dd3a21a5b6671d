import { describe, expect, it } from 'vitest';
import { analyze } from './analyze.ts';

describe('analyze', () => {
  it('scores an easy text higher than a hard one', () => {
    const easy = analyze('The cat sat on the mat. The dog ran to the cat. They had fun.', 'en');
    const hard = analyze('Institutional considerations necessitate comprehensive organizational reevaluation.', 'en');
    expect(easy).toMatchObject({ words: 15, sentences: 3, syllables: 15 });
    expect(easy.flesch_reading_ease).toBeGreaterThan(100);
    expect(hard.flesch_reading_ease).toBeLessThan(0);
  });

  it('counts sentences, not full stops', () => {
    expect(analyze('Is it 3.5 percent? Yes! It is.', 'en').sentences).toBe(3);
  });

  it('leaves out silent endings', () => {
    expect(analyze('make walked table boxes', 'en').syllables).toBe(6);
  });

  it('ranks words by how often they occur', () => {
    expect(analyze('Apfel Birne Apfel, und Birne und Apfel.', 'de').top_words).toEqual([
      { word: 'apfel', count: 3 },
      { word: 'birne', count: 2 },
    ]);
  });

  it.each(['', '   ', '… — !'])('gives no score for %j', (text) => {
    expect(analyze(text, 'en')).toMatchObject({ words: 0, sentences: 0, flesch_reading_ease: null, top_words: [] });
  });
});
