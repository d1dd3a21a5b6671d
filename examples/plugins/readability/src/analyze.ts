export type Language = 'en' | 'de';

const VOWELS = 'aeiouyäöüàâéèêëîïôûù';
const VOWEL_GROUP = new RegExp(`[${VOWELS}]+`, 'g');
const SILENT_ENGLISH_END = new RegExp(`(?:[^l${VOWELS}]e|[^td${VOWELS}]ed|[^sxzc${VOWELS}]es)$`);
const WORDS_PER_MINUTE = 230;
const TOP_WORDS = 10;
const MIN_TOP_WORD_CHARS = 4;

/** Flesch (1948) for English, Amstad (1978) for German: constant, weight of sentence length, weight of word length. */
const FORMULAS: Readonly<Record<Language, readonly [number, number, number]>> = {
  en: [206.835, 1.015, 84.6],
  de: [180, 1, 58.5],
};

/** Measures a text. The score is null when there is no word to measure. */
export const analyze = (text: string, language: Language) => {
  const words = segments(text, language, 'word').map((word) => word.toLocaleLowerCase(language));
  const sentences = segments(text, language, 'sentence').length;
  const syllables = words.reduce((sum, word) => sum + countSyllables(word, language), 0);
  return {
    words: words.length,
    sentences,
    syllables,
    flesch_reading_ease: words.length === 0 ? null : score({ words: words.length, sentences, syllables, language }),
    reading_minutes: round(words.length / WORDS_PER_MINUTE, 2),
    top_words: topWords(words),
  };
};

const segments = (text: string, language: Language, granularity: 'word' | 'sentence'): readonly string[] => {
  const found = [...new Intl.Segmenter(language, { granularity }).segment(text)];
  const isCounted = granularity === 'word' ? /[\p{L}\p{N}]/u : /\p{L}/u;
  return found.map(({ segment }) => segment).filter((segment) => isCounted.test(segment));
};

const countSyllables = (word: string, language: Language): number => {
  const groups = word.match(VOWEL_GROUP)?.length ?? 0;
  const silent = language === 'en' && groups > 1 && SILENT_ENGLISH_END.test(word) ? 1 : 0;
  return Math.max(1, groups - silent);
};

type Counts = {
  readonly words: number;
  readonly sentences: number;
  readonly syllables: number;
  readonly language: Language;
};

const score = ({ words, sentences, syllables, language }: Counts): number => {
  const [constant, sentenceWeight, wordWeight] = FORMULAS[language];
  return round(constant - sentenceWeight * (words / Math.max(1, sentences)) - wordWeight * (syllables / words), 1);
};

const topWords = (words: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const word of words) if (word.length >= MIN_TOP_WORD_CHARS) counts.set(word, (counts.get(word) ?? 0) + 1);
  const ranked = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return ranked.slice(0, TOP_WORDS).map(([word, count]) => ({ word, count }));
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
