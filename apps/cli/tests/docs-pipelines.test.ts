import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { runInMemory, validatePipeline, type JsonObject, type PipelineValidation } from '@ia-modules/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalCatalog } from '../src/steps/local-catalog.ts';
import { createLocalExecutor } from '../src/steps/local-executor.ts';

const ROOT = new URL('../../../', import.meta.url);
const EXAMPLES = new URL('examples/', ROOT);
/** Where the documented pipelines expect their service; the tests have it at a free port. */
const DOCUMENTED_ORIGIN = 'http://127.0.0.1:8080';

const readText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

let server: Server;
let origin: string;
let requestCount = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requestCount += 1;
    response.setHeader('content-type', 'application/json');
    if (request.url === '/rates') response.end('{"rate": 1.25}');
    else if (request.url === '/customer') response.end('{"name": "Ada"}');
    else if (request.url === '/busy-at-first' && requestCount > 2) response.end('{"rate": 1.5}');
    else response.writeHead(request.url?.startsWith('/busy') ? 503 : 404).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  requestCount = 0;
});

const atOrigin = (text: string): string => text.replaceAll(DOCUMENTED_ORIGIN, origin);

const diagnose = (text: string): PipelineValidation => validatePipeline(text, { catalog: createLocalCatalog() });

/** Runs a pipeline and says how it ended, in the notation of the documentation; warnings count as errors. */
const outcomeOf = async (documented: string, given: string): Promise<string> => {
  const { definition, diagnostics } = diagnose(atOrigin(documented));
  if (definition === undefined || diagnostics.length > 0) {
    return `refused ${diagnostics.map(({ code, path }) => `${code} ${path}`).join(', ')}`;
  }
  const parameters = JSON.parse(atOrigin(given)) as JsonObject;
  const executor = createLocalExecutor({ directory: fileURLToPath(EXAMPLES), log: () => undefined });
  const { view } = await runInMemory({ definition, parameters, executor, clock: 'virtual' });
  return `${view.status} ${view.status === 'succeeded' ? JSON.stringify(view.outputs) : view.error?.code}`;
};

type Documented = { readonly title: string; readonly pipeline: string; readonly expected: readonly string[] };

const BLOCK = /^```json\n(?<json>.*?)^```\n(?:\n```text\n(?<text>.*?)^```\n)?/gms;

const isPipeline = (json: string): boolean => 'steps' in (JSON.parse(json) as object);

/** The pipelines of a text, each with the block of outcomes that follows it. */
const documentedPipelines = (markdown: string): Documented[] =>
  [...markdown.matchAll(BLOCK)].flatMap(({ index, groups }) => {
    const json = groups?.['json'] ?? '';
    if (!isPipeline(json)) return [];
    const before = markdown.slice(0, index);
    const heading = before.match(/^#+ .*$/gm)?.at(-1) ?? '';
    const expected = (groups?.['text'] ?? '').split('\n').filter((line) => line !== '');
    return [{ title: `${heading} (line ${before.split('\n').length})`, pipeline: json, expected }];
  });

const page = documentedPipelines(readText('docs/pipelines.md'));

it('finds the pipelines of the page, each with what comes of it', () => {
  expect(page.length).toBeGreaterThan(10);
  expect(page.filter(({ expected }) => expected.length === 0)).toEqual([]);
});

describe.each(page)('$title', ({ pipeline, expected }) => {
  it.each(expected)('%s', async (line) => {
    const [given = '', outcome = ''] = line.split(' → ');
    expect(await outcomeOf(pipeline, given)).toBe(outcome);
  });
});

type ExampleRun = { readonly parameters: string; readonly outcome: string };

const EXAMPLE_RUNS: Readonly<Record<string, readonly ExampleRun[]>> = {
  'error-branch.json': [
    { parameters: '{}', outcome: 'succeeded {"text":"Hello Ada"}' },
    { parameters: '{"url": "http://127.0.0.1:8080/nobody"}', outcome: 'succeeded {"text":"Hello stranger"}' },
    { parameters: '{"url": "http://127.0.0.1:8080/busy"}', outcome: 'failed IA_RUN_ENDED' },
  ],
  'hello.json': [
    { parameters: '{"name": "Ada"}', outcome: 'succeeded {"text":"Hello Ada!"}' },
    { parameters: '{"name": ""}', outcome: 'succeeded {"text":"Hello "}' },
  ],
  'parallel-join.json': [
    {
      parameters: '{"prices": [5, 20]}',
      outcome: 'succeeded {"summary":{"items":2,"valid":true,"reviewed":false}}',
    },
    {
      parameters: '{"prices": [5, -1, 2000]}',
      outcome: 'succeeded {"summary":{"items":3,"valid":false,"reviewed":true}}',
    },
  ],
  'retry-and-fallback.json': [
    { parameters: '{}', outcome: 'succeeded {"report":{"rate":1.25,"is_fresh":true,"attempts":1}}' },
    {
      parameters: '{"url": "http://127.0.0.1:8080/busy-at-first"}',
      outcome: 'succeeded {"report":{"rate":1.5,"is_fresh":true,"attempts":3}}',
    },
    {
      parameters: '{"url": "http://127.0.0.1:8080/busy"}',
      outcome: 'succeeded {"report":{"rate":1,"is_fresh":false,"attempts":3}}',
    },
  ],
  'wait-and-conditions.json': [
    { parameters: '{"priority": 9}', outcome: 'succeeded {"queue":"urgent"}' },
    { parameters: '{"priority": 9, "hold": true}', outcome: 'succeeded {"queue":"normal"}' },
    { parameters: '{"priority": 1, "tags": ["spam"]}', outcome: 'succeeded {"queue":"none"}' },
  ],
};

describe('examples', () => {
  it('are all run here', () => {
    const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
    expect(files.toSorted()).toEqual(Object.keys(EXAMPLE_RUNS));
  });

  it.each(Object.keys(EXAMPLE_RUNS))('%s passes the strict check', (file) => {
    expect(diagnose(readText(`examples/${file}`)).diagnostics).toEqual([]);
  });

  const runs = Object.entries(EXAMPLE_RUNS).flatMap(([file, list]) => list.map((run) => ({ file, ...run })));
  it.each(runs)('$file with $parameters: $outcome', async ({ file, parameters, outcome }) => {
    expect(await outcomeOf(readText(`examples/${file}`), parameters)).toBe(outcome);
  });
});

describe('README', () => {
  it('shows examples/hello.json as it is', () => {
    const shown = [...readText('README.md').matchAll(BLOCK)].map(({ groups }) => groups?.['json'] ?? '');
    expect(shown.filter(isPipeline)).toEqual([readText('examples/hello.json')]);
  });
});
