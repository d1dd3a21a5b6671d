import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from './documented-outcome.ts';
import { parseDocumentedRun } from './documented-runs.ts';

const PAGE = new URL('../../../docs/patterns.md', import.meta.url);
const FOLDER = new URL('../../../examples/patterns/', import.meta.url);

type DocumentedExample = { readonly file: string; readonly lines: readonly string[] };
type DocumentedPattern = { readonly number: number; readonly examples: readonly DocumentedExample[] };

/** A link to an example, and the block of outcomes after it; text between them may not link to another. */
const EXAMPLE = /\]\(\.\.\/examples\/patterns\/(?<file>[^)]+)\)\n\n```text\n(?<text>.*?)^```$/gms;

const patterns: readonly DocumentedPattern[] = readFileSync(PAGE, 'utf8')
  .split(/^### WCP-/m)
  .slice(1)
  .map((section) => ({
    number: Number.parseInt(section, 10),
    examples: [...section.matchAll(EXAMPLE)].map(({ groups }) => ({
      file: groups?.['file'] ?? '',
      lines: (groups?.['text'] ?? '').trim().split('\n'),
    })),
  }));

it('has the 43 patterns, each with an example', () => {
  const numbers = patterns.map(({ number }) => number).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 43 }, (_, index) => index + 1));
  expect(patterns.filter(({ examples }) => examples.length === 0)).toEqual([]);
});

it('names every example', () => {
  const named = patterns.flatMap(({ examples }) => examples.map(({ file }) => file));
  const files = ['', 'refused/'].flatMap((folder) =>
    readdirSync(new URL(folder, FOLDER))
      .filter((file) => file.endsWith('.json'))
      .map((file) => `${folder}${file}`),
  );
  expect(named.toSorted()).toEqual(files.toSorted());
});

const runs = patterns.flatMap(({ examples }) =>
  examples.flatMap(({ file, lines }) => lines.map((line) => ({ file, line }))),
);

describe('the examples', () => {
  it.each(runs)('$file: $line', async ({ file, line }) => {
    const run = parseDocumentedRun(line);
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    expect(await outcomeOf({ text, run, directory: fileURLToPath(FOLDER) })).toEqual(run.expected);
  });
});
