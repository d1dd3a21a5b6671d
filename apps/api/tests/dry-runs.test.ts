import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';

let fixture: ControlFixture;
let pipelineId: string;

const GREET = {
  parameters: {
    type: 'object',
    properties: { name: { type: 'string' }, times: { type: 'integer', default: 2 } },
    required: ['name'],
  },
  steps: [{ id: 'greet', uses: 'core.noop' }],
};

beforeAll(async () => {
  fixture = await createControlFixture();
  pipelineId = await fixture.createPipeline(GREET);
});

afterAll(async () => {
  await fixture?.close();
});

const tryStart = async (input: object) => {
  const query = `mutation ($input: StartRunInput!) { startRun(input: $input) { kind: __typename
    ... on StartRunSuccess { dryRun run { id status parameters outputs trigger steps { nodes { stepId status } } pipelineVersion { revision } } }
    ... on Error { code } ... on ValidationFailed { diagnostics { path } } } }`;
  return (await fixture.ask(query, { input: { pipelineId, dryRun: true, ...input } }))['startRun'];
};

const stored = async () => (await fixture.rows.query('select count(*)::int as count from runs'))[0]?.['count'];

it('shows the run that would start, and starts none', async () => {
  const tried = await tryStart({ parameters: { name: 'Ada' }, idempotencyKey: 'once' });
  expect(tried).toMatchObject({
    kind: 'StartRunSuccess',
    dryRun: true,
    run: {
      status: 'pending',
      parameters: { name: 'Ada', times: 2 },
      outputs: null,
      trigger: { type: 'manual' },
      pipelineVersion: { revision: 1 },
    },
  });
  expect(await stored()).toBe(0);
  const query = 'query ($id: ID!) { node(id: $id) { id } }';
  expect((await fixture.ask(query, { id: tried.run.id }))['node']).toBeNull();
  const audit = await fixture.rows.query("select action from audit_log where action = 'run.start'");
  expect(audit).toEqual([]);
});

it('is refused for what a run would be', async () => {
  expect(await tryStart({ parameters: { times: 'x' } })).toMatchObject({
    kind: 'ValidationFailed',
    diagnostics: expect.arrayContaining([{ path: '$.name' }]),
  });
  expect((await tryStart({ parameters: { name: 'Ada' }, debug: { breakpoints: { steps: ['nope'] } } })).kind).toBe(
    'Conflict',
  );
  expect(await stored()).toBe(0);
});
