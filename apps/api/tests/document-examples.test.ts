import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksIn } from './example-block.ts';
import { type ExampleStage, openExampleStage } from './example-stage.ts';
import { runExample } from './run-example.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const BLOCKS = globSync('{README.md,docs/**/*.md}', { cwd: ROOT })
  .toSorted()
  .flatMap((file) => blocksIn(file, read(file)));

let stage: ExampleStage;

beforeAll(async () => {
  stage = await openExampleStage();
});

afterAll(async () => {
  await stage?.close();
});

describe('the examples in documents', () => {
  it.each(BLOCKS.map((block, index) => [`${block.place} (${index})`, block] as const))(
    '%s work',
    async (_name, block) => {
      expect(await runExample(await stage.newScene(), block)).toEqual([]);
    },
  );
});

it('the pipeline of the README can be saved, and is what its example starts', async () => {
  const readme = read('README.md');
  const definition = JSON.parse(/^```json\n(?<json>.*?)^```$/ms.exec(readme)?.groups?.['json'] ?? '') as object;
  const scene = await stage.newScene();
  const pipeline = await scene.createPipeline(definition);
  const [start] = blocksIn('README.md', readme);
  if (start === undefined) throw new Error('The README has no example.');
  const value = (name: string) => (name === 'pipeline' ? Promise.resolve(pipeline) : scene.value(name));
  expect(await runExample({ ...scene, value }, start)).toEqual([]);
});
