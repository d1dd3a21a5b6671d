import { PlatformError } from '@ia-modules/plugin-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, runMutation, type TestRun } from './control-fixture.ts';
import { failingAt } from './recorded-run.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const CALL = { uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' };
const WAITS = { steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] };
const ENDS = { steps: [{ id: 'only', uses: 'core.noop' }] };

const tell = async (name: string, input: object, token = fixture.token) =>
  (await fixture.ask(runMutation(name), { input }, token))[name];

/** What the worker would read, with what the audit log says of it. */
const inboxOf = async ({ runId }: TestRun) => {
  const sql = 'select kind, payload, requested_by from run_commands where run_id = $1 order by id';
  return fixture.rows.query(sql, [runId]);
};
const auditOf = async ({ runId }: TestRun): Promise<unknown[]> => {
  const sql = `select action from audit_log where target = $1 and action <> 'run.start' order by seq`;
  return (await fixture.rows.query(sql, [`run:${runId}`])).map(({ action }) => action);
};

describe('pausing and resuming', () => {
  it('are asked of the worker once each, with an audit entry', async () => {
    const run = await fixture.recorded(WAITS);
    for (const _ of [1, 2])
      expect(await tell('pauseRun', { runId: run.id })).toMatchObject({ kind: 'PauseRunSuccess' });
    for (const _ of [1, 2]) {
      expect(await tell('resumeRun', { runId: run.id })).toMatchObject({ kind: 'ResumeRunSuccess' });
    }
    expect((await inboxOf(run)).map(({ kind }) => kind)).toEqual(['pause', 'resume']);
    expect(await auditOf(run)).toEqual(['run.pause', 'run.resume']);
  });

  it('know a run that its log shows held while its tasks end', async () => {
    const run = await fixture.recorded(WAITS, {
      tell: (handle) => handle.send({ kind: 'pause_requested', by: null }),
    });
    await fixture.rows.query("update runs set status = 'running', wait_reason = null where id = $1", [run.runId]);
    expect(await tell('pauseRun', { runId: run.id })).toMatchObject({ kind: 'PauseRunSuccess' });
    expect(await inboxOf(run)).toEqual([]);
    expect(await tell('resumeRun', { runId: run.id })).toMatchObject({ kind: 'ResumeRunSuccess' });
  });

  it('refuse a run that nothing holds, and one that is over', async () => {
    const waiting = await fixture.recorded(WAITS);
    expect(await tell('resumeRun', { runId: waiting.id })).toMatchObject({ kind: 'Conflict', code: 'IA_API_CONFLICT' });
    const ended = await fixture.recorded(ENDS);
    for (const name of ['pauseRun', 'resumeRun', 'cancelRun']) {
      expect(await tell(name, { runId: ended.id })).toMatchObject({
        kind: 'Conflict',
        message: 'The run is over: its status is succeeded.',
      });
    }
  });

  it('need more than looking', async () => {
    const run = await fixture.recorded(WAITS);
    const viewer = await fixture.member('viewer');
    for (const name of ['pauseRun', 'resumeRun', 'cancelRun']) {
      expect((await tell(name, { runId: run.id }, viewer.token)).kind).toBe('Forbidden');
    }
  });
});

describe('a signal', () => {
  it('is stored as it was sent', async () => {
    const run = await fixture.start(await fixture.createPipeline(WAITS));
    const input = { runId: run.id, name: 'go', payload: { n: 1 }, delivery: 'd1' };
    expect(await tell('signalRun', input)).toMatchObject({ kind: 'SignalRunSuccess' });
    expect(await inboxOf(run)).toMatchObject([
      { kind: 'signal', payload: { name: 'go', payload: { n: 1 }, delivery: 'd1' } },
    ]);
  });

  it('waits for the run to answer what it was told: it takes no more than it could hold, but its end', async () => {
    const run = await fixture.start(await fixture.createPipeline(WAITS));
    const unanswered = (count: number) =>
      fixture.rows.query(
        `insert into run_commands (tenant_id, run_id, kind, payload, requested_by)
         select $1, $2, 'signal', '{"name": "x", "payload": null}', 'u' from generate_series(1, $3::integer)`,
        [run.tenantId, run.runId, count],
      );
    await unanswered(64);
    const large = { runId: run.id, name: 'go', payload: 'x'.repeat(10_000) };
    expect(await tell('signalRun', large)).toMatchObject({ kind: 'Conflict', code: 'IA_API_CONFLICT' });
    expect((await tell('signalRun', { runId: run.id, name: 'go' })).kind).toBe('SignalRunSuccess');
    await unanswered(1_000);
    expect((await tell('signalRun', { runId: run.id, name: 'go' })).kind).toBe('Conflict');
    expect((await tell('cancelRun', { runId: run.id })).kind).toBe('CancelRunSuccess');
  });

  it.each([
    ['no name', { name: '' }],
    ['a name with a NUL', { name: 'a\0b' }],
    ['a payload with a NUL', { name: 'go', payload: { text: 'a\0b' } }],
    ['a large payload', { name: 'go', payload: 'x'.repeat(300_000) }],
  ])('with %s is refused', async (_what, wrong) => {
    const run = await fixture.start(await fixture.createPipeline(WAITS));
    expect(await tell('signalRun', { runId: run.id, ...wrong })).toMatchObject({ kind: 'ValidationFailed' });
    expect(await inboxOf(run)).toEqual([]);
  });
});

describe('a budget', () => {
  it('is raised by what is given', async () => {
    const run = await fixture.recorded(WAITS);
    const input = { runId: run.id, maxCostUsd: 7.5, maxDuration: '2d' };
    expect(await tell('raiseRunBudget', input)).toMatchObject({ kind: 'RaiseRunBudgetSuccess' });
    expect(await inboxOf(run)).toMatchObject([
      { kind: 'raise_budget', payload: { maxCostUsd: 7.5, maxDurationMs: 172_800_000 } },
    ]);
  });

  it.each([
    ['nothing', {}],
    ['no money', { maxCostUsd: 0 }],
    ['what is no duration', { maxDuration: 'soon' }],
    ['less than has passed', { maxDuration: '0.001s' }],
  ])('is not raised by %s', async (_what, wrong) => {
    const run = await fixture.recorded(WAITS);
    expect(await tell('raiseRunBudget', { runId: run.id, ...wrong })).toMatchObject({ kind: 'ValidationFailed' });
  });
});

describe('debugging', () => {
  const TWO = {
    steps: [
      { id: 'first', uses: 'core.noop', with: { n: 1 } },
      { id: 'wait', uses: 'core.wait', with: { signal: 'go' } },
    ],
    flow: { transitions: [{ from: 'first', to: 'wait' }] },
  };

  it.each([
    [{ continue: true }, { kind: 'continue' }],
    [{ stepOver: true }, { kind: 'step_over' }],
    [{ setBreakpoints: { steps: ['wait'] } }, { kind: 'set_breakpoints', steps: ['wait'], transitions: [] }],
    [
      { setVariable: { path: 'steps.first.output.n', value: 2 } },
      { kind: 'set_variable', path: 'steps.first.output.n', value: 2 },
    ],
    [{ mock: { stepId: 'wait', result: { output: 3 } } }, { kind: 'mock', stepId: 'wait', result: { output: 3 } }],
    [{ mock: { stepId: 'wait' } }, { kind: 'mock', stepId: 'wait', result: null }],
  ])('sends %j', async (command, sent) => {
    const run = await fixture.recorded(TWO);
    expect(await tell('debugRun', { runId: run.id, command })).toMatchObject({ kind: 'DebugRunSuccess' });
    expect(await inboxOf(run)).toMatchObject([{ kind: 'debug', payload: { command: sent } }]);
  });

  it.each([
    [{ setBreakpoints: { steps: ['nope'] } }],
    [{ setVariable: { path: 'steps.wait.output', value: 2 } }],
    [{ setVariable: { path: 'item', value: 2 } }],
    [{ mock: { stepId: 'nope', result: { output: 1 } } }],
  ])('refuses %j, which the run could not do', async (command) => {
    const run = await fixture.recorded(TWO);
    expect(await tell('debugRun', { runId: run.id, command })).toMatchObject({
      kind: 'Conflict',
      code: 'IA_RUN_COMMAND',
    });
    expect(await inboxOf(run)).toEqual([]);
  });

  it('is for those who write pipelines', async () => {
    const run = await fixture.recorded(TWO);
    const operator = await fixture.member('operator');
    const input = { runId: run.id, command: { continue: true } };
    expect((await tell('debugRun', input, operator.token)).kind).toBe('Forbidden');
  });

  it('holds from the start of a run, and is checked before it is stored', async () => {
    const pipelineId = await fixture.createPipeline(TWO);
    const debug = {
      breakpoints: { transitions: ['first->wait'] },
      mocks: [{ stepId: 'wait', result: { error: { message: 'no' } } }],
      inputs: [{ stepId: 'first', input: { n: 9 } }],
    };
    const started = await tell('startRun', { pipelineId, priority: 7, debug });
    const [row] = await fixture.rows.query(
      'select setup, priority from runs order by created_at desc, id desc limit 1',
    );
    expect(started.kind).toBe('StartRunSuccess');
    expect(row).toMatchObject({
      priority: 7,
      setup: {
        debug: {
          breakpoints: { steps: [], transitions: ['first->wait'] },
          mocks: { wait: { error: { code: 'IA_TASK_FAILED', message: 'no' } } },
          inputs: { first: { n: 9 } },
        },
      },
    });
    const wrong = { pipelineId, debug: { breakpoints: { steps: ['nope'] } } };
    expect(await tell('startRun', wrong)).toMatchObject({ kind: 'Conflict', code: 'IA_RUN_COMMAND' });
    expect((await tell('startRun', { pipelineId, priority: 101 })).kind).toBe('ValidationFailed');
  });
});

describe('what became of an effect', () => {
  const ASKS = { steps: [{ id: 'pay', ...CALL, on_unknown: 'ask' }] };
  const lost = {
    execute: async () => {
      throw new PlatformError({ code: 'IA_TASK_FAILED', message: 'lost', details: { outcome: 'unknown' } });
    },
  };

  it('is said of one that its run asks about', async () => {
    const run = await fixture.recorded(ASKS, { executor: lost });
    const query = `query ($id: ID!) { node(id: $id) { ... on Run { status waitReason waiting { reason stepId }
      effects(states: [unknown]) { nodes { key state stepId attempt } } } } }`;
    const { node } = await fixture.ask(query, { id: run.id });
    expect(node).toMatchObject({
      status: 'waiting',
      waitReason: 'effect',
      waiting: [{ reason: 'effect', stepId: 'pay' }],
    });
    const [{ key }] = node.effects.nodes;
    const input = { runId: run.id, key, decision: 'CONFIRM', output: { paid: true } };
    expect(await tell('decideEffect', input)).toMatchObject({ kind: 'DecideEffectSuccess' });
    expect(await inboxOf(run)).toMatchObject([
      { kind: 'decide_effect', payload: { key: 'pay#/@1', decision: 'confirm', output: { paid: true } } },
    ]);
  });

  it('is not said of anything else', async () => {
    const run = await fixture.recorded(ASKS, { executor: lost });
    const answers = [{ key: 'nope' }, { key: `${run.runId}/pay//`, decision: 'REPEAT', output: 1 }];
    for (const wrong of answers) {
      const { kind } = await tell('decideEffect', { runId: run.id, decision: 'FAIL', ...wrong });
      expect(['Conflict', 'ValidationFailed']).toContain(kind);
    }
    const ended = await fixture.recorded({ steps: [{ id: 'pay', ...CALL }] }, { executor: failingAt('pay') });
    const input = { runId: ended.id, key: 'pay', decision: 'FAIL' };
    expect(await tell('decideEffect', input)).toMatchObject({ kind: 'Conflict', code: 'IA_API_CONFLICT' });
  });
});
