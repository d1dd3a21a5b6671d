import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExampleStage, openExampleStage } from './example-stage.ts';
import { crossingsOfSchema, type Parties, proveIsolation } from './isolation/prove-isolation.ts';
import type { Crossing } from './isolation/crossings.ts';

const SCHEMA = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

let stage: ExampleStage;
let parties: Parties;
let crossings: readonly Crossing[];

beforeAll(async () => {
  stage = await openExampleStage();
  parties = { victim: await stage.newScene(), attacker: await stage.newScene('attacker@example.com') };
  crossings = await crossingsOfSchema(SCHEMA, parties);
});

afterAll(async () => {
  await stage?.close();
});

describe('the owner of another tenant', () => {
  it('can not tell what is there from what is not, and changes nothing', async () => {
    const proof = await proveIsolation(crossings, { parties, adminUrl: stage.adminUrl });
    expect(proof.breaches).toEqual([]);
    expect(proof.tried).toBeGreaterThan(200);
  });

  it('would be found out: what is its own looks different', async () => {
    const own = await parties.attacker.value('pipeline');
    const victims = crossings.find(({ name }) => name === 'node: Pipeline of the victim');
    if (victims === undefined) throw new Error('there is no such crossing');
    const mistaken = { ...victims, foreign: `{ node(id: "${own}") { id } }`, nothing: victims.nothing };
    const { breaches } = await proveIsolation([mistaken], { parties, adminUrl: stage.adminUrl });
    expect(breaches).toHaveLength(1);
  });
});
