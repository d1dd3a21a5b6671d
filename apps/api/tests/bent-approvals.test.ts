import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, rowOf, runMutation, type TestRun } from './control-fixture.ts';

let fixture: ControlFixture;
let open: TestRun & { readonly pipelineId: string };
let approved: TestRun;

const APPROVED = {
  steps: [
    { id: 'build', uses: 'core.noop', with: { version: 1 } },
    { id: 'ask', uses: 'human.approval', with: { no_self_approval: true } },
    { id: 'deploy', uses: 'core.noop', with: { version: '{{ steps.build.output.version }}' } },
    { id: 'watch', uses: 'core.wait', with: { signal: 'healthy' } },
  ],
  flow: {
    transitions: [
      { from: 'build', to: 'ask' },
      { from: 'ask', to: 'deploy' },
      { from: 'deploy', to: 'watch' },
    ],
  },
};

beforeAll(async () => {
  fixture = await createControlFixture();
  open = await fixture.recorded(APPROVED);
  approved = await fixture.recorded(APPROVED, {
    tell: (run) => run.send({ kind: 'approval_decided', key: 'ask#/', decision: 'approve', by: 'u1', roles: [] }),
  });
});

afterAll(async () => {
  await fixture?.close();
});

const make = async (name: string, input: object) => (await fixture.ask(runMutation(name), { input }))[name];

const yes = { stepId: 'ask', result: { output: { approved: true } } };
const easy = { stepId: 'ask', input: { no_self_approval: false } };
const REFUSED = { kind: 'Conflict', code: 'IA_RUN_COMMAND' };
const ASK_AGAIN = { kind: 'Conflict', code: 'IA_RUN_FORK' };

describe('what people decide', () => {
  it('is not mocked or asked differently from the start', async () => {
    const { pipelineId } = open;
    for (const debug of [{ mocks: [yes] }, { inputs: [easy] }]) {
      expect(await make('startRun', { pipelineId, debug })).toMatchObject(REFUSED);
    }
    const { kind } = await make('startRun', { pipelineId, debug: { breakpoints: { steps: ['ask'] } } });
    expect(kind).toBe('StartRunSuccess');
  });

  it('is not decided by a fork', async () => {
    const { id: runId } = open;
    const point = { runId, stepId: 'build' };
    expect(await make('forkRun', { ...point, mocks: [yes] })).toMatchObject(REFUSED);
    expect(await make('forkRun', { runId, stepId: 'ask', input: easy.input })).toMatchObject(REFUSED);
    const variables = [{ path: 'steps.ask.output.approved', value: true }];
    expect(await make('forkRun', { ...point, variables })).toMatchObject(REFUSED);
  });

  it('is not decided by a debugger', async () => {
    const { id: runId } = open;
    expect(await make('debugRun', { runId, command: { mock: yes } })).toMatchObject(REFUSED);
    const setVariable = { path: 'steps.ask.output', value: { approved: true } };
    expect(await make('debugRun', { runId: approved.id, command: { setVariable } })).toMatchObject(REFUSED);
  });
});

describe('what people have approved', () => {
  const other = { path: 'steps.build.output.version', value: 2 };

  it('stays as it was in a fork from behind the approval', async () => {
    const behind = { runId: approved.id, stepId: 'deploy' };
    const changes = [
      { input: { version: 2 } },
      { variables: [other] },
      { mocks: [{ stepId: 'watch', result: { output: 1 } }] },
    ];
    for (const change of changes) expect(await make('forkRun', { ...behind, ...change })).toMatchObject(ASK_AGAIN);
    expect((await make('forkRun', behind)).kind).toBe('ForkRunSuccess');
    const before = { runId: approved.id, stepId: 'ask', variables: [other] };
    expect((await make('forkRun', before)).kind).toBe('ForkRunSuccess');
  });

  it('stays as it was in a debugger', async () => {
    const { id: runId } = approved;
    expect(await make('debugRun', { runId, command: { setVariable: other } })).toMatchObject(REFUSED);
    expect((await make('debugRun', { runId: open.id, command: { setVariable: other } })).kind).toBe('DebugRunSuccess');
  });
});

it('leaves the names of what is bent in the audit log, never the values', async () => {
  const variables = [{ path: 'parameters.city', value: 'Ulm' }];
  const mocks = [{ stepId: 'deploy', result: { output: 'secret' } }];
  const { run } = await make('forkRun', { runId: open.id, stepId: 'build', variables, mocks });
  const [entry] = await fixture.rows.query(`select details from audit_log where target = $1`, [
    `run:${rowOf(run.id).runId}`,
  ]);
  expect(entry?.['details']).toMatchObject({ variables: ['parameters.city'], mocks: ['deploy'] });
  expect(JSON.stringify(entry)).not.toMatch(/Ulm|secret/);
});

it('changes many values only as a whole', async () => {
  const variables = Array.from({ length: 101 }, (_, index) => ({ path: `parameters.p${index}`, value: index }));
  expect((await make('forkRun', { runId: open.id, stepId: 'build', variables })).kind).toBe('ValidationFailed');
});
