import { readFileSync } from 'node:fs';
import { buildSchema, isInterfaceType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksIn, type ExampleBlock } from './example-block.ts';
import type { ExampleScene } from './example-scene.ts';
import { type ExampleStage, openExampleStage } from './example-stage.ts';
import { runExample } from './run-example.ts';
import { undescribedParts } from './undescribed-parts.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

const fieldsOf = (typeName: string) => {
  const type = schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
};

const BLOCKS: readonly ExampleBlock[] = Object.values(schema.getTypeMap()).flatMap(({ name, description }) => [
  ...blocksIn(name, description ?? ''),
  ...fieldsOf(name).flatMap((field) => blocksIn(`${name}.${field.name}`, field.description ?? '')),
]);

describe('the schema', () => {
  it('describes each type, field, argument, input field and value', () => {
    expect(undescribedParts(schema)).toEqual([]);
  });

  it('shows how each query, mutation and subscription is used', () => {
    const shown = new Set(BLOCKS.map(({ place }) => place));
    const entries = ['Query', 'Mutation', 'Subscription'].flatMap((root) =>
      fieldsOf(root).map(({ name }) => `${root}.${name}`),
    );
    expect(entries.filter((entry) => !shown.has(entry))).toEqual([]);
  });
});

describe('the examples in the schema', () => {
  let stage: ExampleStage;
  let shared: ExampleScene;

  beforeAll(async () => {
    stage = await openExampleStage();
    shared = await stage.newScene();
  });

  afterAll(async () => {
    await stage?.close();
  });

  it.each(BLOCKS.map((block, index) => [`${block.place} (${index})`, block] as const))(
    'of %s work',
    async (_name, block) => {
      const scene = block.kind === 'mutation' ? await stage.newScene() : shared;
      expect(await runExample(scene, block)).toEqual([]);
    },
  );
});
