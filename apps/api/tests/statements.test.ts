import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { recordStatements } from './isolation/recorded-statements.ts';

const NESTED = `{ tenant(slug: "acme") { name pipelines(first: 50) { nodes {
  id name version createdAt runs(first: 10) { nodes { id status createdAt finishedAt costUsd } } } } } }`;

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture({});
  for (const name of ['first', 'second', 'third']) {
    const pipelineId = await fixture.createPipeline({ name, steps: [{ id: 'a', uses: 'core.noop' }] });
    await fixture.ask('mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { __typename } }', {
      id: pipelineId,
    });
  }
});

afterAll(async () => {
  await fixture?.close();
});

it('runs below pipelines below a tenant take a statement for each level, however many there are', async () => {
  const { result, statements } = await recordStatements(() => fixture.ask(NESTED));
  const pipelines = result['tenant'].pipelines.nodes as { readonly runs: { readonly nodes: readonly unknown[] } }[];
  expect(pipelines.map(({ runs }) => runs.nodes.length)).toEqual([1, 1, 1]);
  expect(statements).toHaveLength(3);
});
