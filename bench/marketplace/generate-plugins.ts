import { PLUGIN_CATEGORIES } from '@ia-modules/plugin-sdk';
import { FILLERS, NOUNS, SCOPES, TOPICS, VERBS } from './words.ts';

export type GeneratedPlugin = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly category: string;
  readonly readme: string;
  readonly manifest: object;
  readonly installs: number;
  readonly downloads: number;
  readonly ratings: number;
  readonly ratingSum: number;
  readonly ageDays: number;
};

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export const createRandom = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const README_WORDS = { fewest: 120, most: 900 };
/** Some words are far more frequent than others, as in any language. */
const SKEW = 1.3;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Plugins with names, texts and use as a marketplace has them; the same ones for the same seed. */
export const generatePlugins = (count: number, seed: number): readonly GeneratedPlugin[] => {
  const random = createRandom(seed);
  const pick = (list: readonly string[]): string => list[Math.floor(random() ** SKEW * list.length)] ?? '';
  const sentence = (topics: readonly string[]): string =>
    Array.from({ length: 8 + Math.floor(random() * 8) }, () => {
      const dice = random();
      if (dice < 0.25) return pick(topics);
      return pick(dice < 0.4 ? VERBS : dice < 0.5 ? TOPICS : FILLERS);
    }).join(' ');
  const text = (topics: readonly string[], wordCount: number): string =>
    Array.from({ length: Math.ceil(wordCount / 12) }, () => `${capital(sentence(topics))}.`).join(' ');
  const taken = new Set<string>();
  return Array.from({ length: count }, () => {
    const topic = TOPICS[Math.floor(random() * TOPICS.length)] ?? '';
    const [verb, noun, other] = [pick(VERBS), pick(NOUNS), pick(TOPICS)];
    const plain = `@${pick(SCOPES)}/${random() < 0.5 ? `${topic}-${noun}` : `${verb}-${topic}`}`;
    const name = taken.has(plain) ? `${plain}-${taken.size}` : plain;
    taken.add(name);
    const steps = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, place) => ({
      name: `${topic}.${VERBS[Math.floor(random() * VERBS.length)] ?? 'read'}_${place}`,
      title: `${capital(pick(VERBS))} ${topic}`,
      input: { type: 'object', properties: { [other]: { type: 'string' } } },
    }));
    const popularity = random() ** 6;
    const ratings = Math.floor(popularity * 200);
    return {
      name,
      title: `${capital(topic)} ${noun}`,
      description: `${capital(verb)} ${topic} ${sentence([topic, other])}.`,
      keywords: [topic, verb, other],
      category: PLUGIN_CATEGORIES[Math.floor(random() * PLUGIN_CATEGORIES.length)] ?? 'other',
      readme: `# ${topic}\n\n${text([topic, other], README_WORDS.fewest + random() * (README_WORDS.most - README_WORDS.fewest))}`,
      manifest: { apiVersion: 1, contributions: { steps }, permissions: { net: [], secrets: [] } },
      installs: Math.floor(popularity * 20_000),
      downloads: Math.floor(popularity * 1_000_000),
      ratings,
      ratingSum: Math.floor(ratings * (2.5 + random() * 2.5)),
      ageDays: Math.floor(random() * 1_500),
    };
  });
};
