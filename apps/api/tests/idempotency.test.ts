import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';

let fixture: ControlFixture;
let pipelineId: string;

beforeAll(async () => {
  fixture = await createControlFixture();
  pipelineId = await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] });
});

afterAll(async () => {
  await fixture?.close();
});

const CREATE_PIPELINE = `mutation ($input: CreatePipelineInput!) { result: createPipeline(input: $input) { kind: __typename
  ... on CreatePipelineSuccess { pipeline { id } } ... on Error { message } } }`;
const CREATE_SCHEDULE = `mutation ($input: CreateScheduleInput!) { result: createSchedule(input: $input) { kind: __typename
  ... on CreateScheduleSuccess { schedule { id } } ... on Error { message } } }`;
const CREATE_TOKEN = `mutation ($input: CreateApiTokenInput!) { result: createApiToken(input: $input) { kind: __typename
  ... on CreateApiTokenSuccess { token } ... on Error { message hint } } }`;
const START = `mutation ($input: StartRunInput!) { result: startRun(input: $input) { kind: __typename
  ... on StartRunSuccess { run { id } } } }`;

const ask = async (query: string, input: object, token?: string) =>
  (await fixture.ask(query, { input }, token))['result'];

const definition = (name: string) => ({ name, steps: [{ id: 'a', uses: 'core.noop' }] });
const pipelineInput = (name: string, idempotencyKey: string) => ({
  tenantId: fixture.tenantId,
  definition: definition(name),
  idempotencyKey,
});

/** As if a day had passed. */
const age = async (): Promise<void> => {
  await fixture.rows.query(`update idempotency_keys set created_at = created_at - interval '25 hours'`);
  await fixture.rows.query(`update runs set created_at = created_at - interval '25 hours'`);
};

describe('a request that is repeated under its key', () => {
  it('is answered as the first, and what it makes is made once', async () => {
    const first = await ask(CREATE_PIPELINE, pipelineInput('once', 'k1'));
    expect(first.kind).toBe('CreatePipelineSuccess');
    expect(await ask(CREATE_PIPELINE, pipelineInput('once', 'k1'))).toEqual(first);
    const schedule = { pipelineId, name: 'nightly', cron: '0 2 * * *', timeZone: 'UTC', idempotencyKey: 'k2' };
    const second = await ask(CREATE_SCHEDULE, schedule);
    expect(second.kind).toBe('CreateScheduleSuccess');
    expect(await ask(CREATE_SCHEDULE, schedule)).toEqual(second);
  });

  it('makes one thing when all come at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(CREATE_PIPELINE, pipelineInput('race', 'k3'))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].kind).toBe('CreatePipelineSuccess');
  });

  it('does not show a secret again, and none is kept', async () => {
    const input = { tenantId: fixture.tenantId, name: 'ci', scopes: ['RUNS_READ'], idempotencyKey: 'k4' };
    const { token } = await ask(CREATE_TOKEN, input);
    const again = await ask(CREATE_TOKEN, input);
    expect(again).toMatchObject({ kind: 'Conflict', hint: expect.stringContaining('first answer') });
    const kept = await fixture.rows.query('select * from idempotency_keys');
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  it('is a conflict when it asks for something else', async () => {
    await ask(CREATE_PIPELINE, pipelineInput('first', 'k5'));
    expect((await ask(CREATE_PIPELINE, pipelineInput('other', 'k5'))).kind).toBe('Conflict');
    const schedule = { pipelineId, name: 'other', cron: '0 2 * * *', timeZone: 'UTC', idempotencyKey: 'k5' };
    expect((await ask(CREATE_SCHEDULE, schedule)).kind).toBe('Conflict');
  });
});

describe('a key', () => {
  it('is its caller’s own', async () => {
    const { token } = await fixture.member('developer');
    const first = await ask(CREATE_PIPELINE, pipelineInput('mine', 'k6'));
    const second = await ask(CREATE_PIPELINE, pipelineInput('theirs', 'k6'), token);
    expect([first.kind, second.kind]).toEqual(['CreatePipelineSuccess', 'CreatePipelineSuccess']);
  });

  it('is not used up by what was refused', async () => {
    const { pipelines } = (await fixture.ask('{ tenant(slug: "acme") { pipelines(first: 1) { nodes { name } } } }'))[
      'tenant'
    ];
    const taken = pipelines.nodes[0].name;
    expect((await ask(CREATE_PIPELINE, pipelineInput(taken, 'k7'))).kind).toBe('Conflict');
    expect((await ask(CREATE_PIPELINE, pipelineInput('free', 'k7'))).kind).toBe('CreatePipelineSuccess');
  });

  it('is free again after a day', async () => {
    await ask(CREATE_PIPELINE, pipelineInput('today', 'k8'));
    const started = await ask(START, { pipelineId, idempotencyKey: 'k8' });
    expect(await ask(START, { pipelineId, idempotencyKey: 'k8' })).toEqual(started);
    await age();
    expect((await ask(CREATE_PIPELINE, pipelineInput('tomorrow', 'k8'))).kind).toBe('CreatePipelineSuccess');
    const next = await ask(START, { pipelineId, idempotencyKey: 'k8' });
    expect(next.kind).toBe('StartRunSuccess');
    expect(next.run.id).not.toBe(started.run.id);
    const kept = await fixture.rows.query('select key from idempotency_keys');
    expect(kept).toEqual([{ key: 'k8' }]);
  });
});
