import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseDocumented, outcomeOf } from './documented-outcome.ts';
import { parseDocumentedRun } from './documented-runs.ts';
import { startDocumentedService, type DocumentedService } from './documented-service.ts';

const ROOT = new URL('../../../', import.meta.url);
const EXAMPLES = new URL('examples/', ROOT);
const DIRECTORY = fileURLToPath(EXAMPLES);

const readText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

let service: DocumentedService;

beforeAll(async () => {
  service = await startDocumentedService();
});
afterAll(() => service.close());
beforeEach(() => service.reset());

/** What comes of a line, and what the document says. */
const runLine = async (pipeline: string, line: string) => {
  const run = parseDocumentedRun(service.addressIn(line));
  const outcome = await outcomeOf({ text: service.addressIn(pipeline), run, directory: DIRECTORY });
  return { outcome, expected: run.expected };
};

type Documented = { readonly title: string; readonly pipeline: string; readonly lines: readonly string[] };

const BLOCK = /^```json\n(?<json>.*?)^```\n(?:\n```text\n(?<text>.*?)^```\n)?/gms;

const isPipeline = (json: string): boolean => 'steps' in (JSON.parse(json) as object);

/** The pipelines of a text, each with the block of outcomes that follows it. */
const documentedPipelines = (page: string): Documented[] => {
  const markdown = readText(page);
  return [...markdown.matchAll(BLOCK)].flatMap(({ index, groups }) => {
    const json = groups?.['json'] ?? '';
    if (!isPipeline(json)) return [];
    const before = markdown.slice(0, index);
    const heading = before.match(/^#+ .*$/gm)?.at(-1) ?? '';
    const lines = (groups?.['text'] ?? '').split('\n').filter((line) => line !== '');
    return [{ title: `${page} ${heading} (line ${before.split('\n').length})`, pipeline: json, lines }];
  });
};

const documented = [
  'docs/pipelines.md',
  ...readdirSync(new URL('docs/pipelines/', ROOT)).map((file) => `docs/pipelines/${file}`),
].flatMap(documentedPipelines);

it('finds the pipelines of the pages, each with what comes of it', () => {
  expect(documented.length).toBeGreaterThan(30);
  expect(documented.filter(({ lines }) => lines.length === 0)).toEqual([]);
});

describe.each(documented)('$title', ({ pipeline, lines }) => {
  it.each(lines)('%s', async (line) => {
    const { outcome, expected } = await runLine(pipeline, line);
    expect(outcome).toEqual(expected);
  });
});

const EXAMPLE_RUNS: Readonly<Record<string, readonly string[]>> = {
  'error-branch.json': [
    '{} → succeeded {"text":"Hello Ada"}',
    '{"url": "http://127.0.0.1:8080/nobody"} → succeeded {"text":"Hello stranger"}',
    '{"url": "http://127.0.0.1:8080/busy"} → failed IA_RUN_ENDED',
  ],
  'hello.json': ['{"name": "Ada"} → succeeded {"text":"Hello Ada!"}', '{"name": ""} → succeeded {"text":"Hello "}'],
  'order.json': [
    '{"lines": ["lamp", "desk"]} → succeeded {"labels":["to ship: R-lamp","to ship: R-desk"]} in 1h',
    '{"lines": ["lamp"], "is_paid": false} → failed IA_RUN_ENDED, undone reserve/0',
  ],
  'parallel-join.json': [
    '{"prices": [5, 20]} → succeeded {"summary":{"items":2,"valid":true,"reviewed":false}}',
    '{"prices": [5, -1, 2000]} → succeeded {"summary":{"items":3,"valid":false,"reviewed":true}}',
  ],
  'refine.json': [
    '{"topic": "CEL"} | reject review by bo as editor | approve review by bo as editor {"headline": "On CEL"} → succeeded {"published":{"headline":"On CEL","text":"CEL, version 2"}}',
    '{"topic": "CEL"} | reject review by bo as editor | reject review by bo as editor | reject review by bo as editor → failed IA_RUN_ENDED',
    '{"topic": "CEL"} → failed IA_APPROVAL_DEADLINE in 7d',
  ],
  'retry-and-fallback.json': [
    '{} → succeeded {"report":{"rate":1.25,"is_fresh":true,"attempts":1}}',
    '{"url": "http://127.0.0.1:8080/busy-at-first"} → succeeded {"report":{"rate":1.5,"is_fresh":true,"attempts":3}}',
    '{"url": "http://127.0.0.1:8080/busy"} → succeeded {"report":{"rate":1,"is_fresh":false,"attempts":3}}',
  ],
  'wait-and-conditions.json': [
    '{"priority": 9} → succeeded {"queue":"urgent"}',
    '{"priority": 9, "hold": true} → succeeded {"queue":"normal"}',
    '{"priority": 1, "tags": ["spam"]} → succeeded {"queue":"none"}',
  ],
};

describe('examples', () => {
  it('are all run here', () => {
    const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
    expect(files.toSorted()).toEqual(Object.keys(EXAMPLE_RUNS));
  });

  it.each(Object.keys(EXAMPLE_RUNS))('%s passes the strict check', (file) => {
    expect(diagnoseDocumented(readText(`examples/${file}`), DIRECTORY).diagnostics).toEqual([]);
  });

  const runs = Object.entries(EXAMPLE_RUNS).flatMap(([file, lines]) => lines.map((line) => ({ file, line })));
  it.each(runs)('$file: $line', async ({ file, line }) => {
    const { outcome, expected } = await runLine(readText(`examples/${file}`), line);
    expect(outcome).toEqual(expected);
  });
});

describe('README', () => {
  it('shows examples/hello.json as it is', () => {
    const shown = [...readText('README.md').matchAll(BLOCK)].map(({ groups }) => groups?.['json'] ?? '');
    expect(shown.filter(isPipeline)).toEqual([readText('examples/hello.json')]);
  });
});
