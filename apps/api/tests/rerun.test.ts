import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, rowOf, runMutation } from './control-fixture.ts';
import { failingAt, losingAt } from './recorded-run.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const call = (id: string, more: object = {}) => ({
  id,
  uses: 'http.request',
  with: { url: `https://example.com/${id}` },
  timeout: '5s',
  ...more,
});
const CHAIN = {
  steps: [call('first'), call('second'), call('third')],
  flow: {
    transitions: [
      { from: 'first', to: 'second' },
      { from: 'second', to: 'third' },
    ],
  },
};
const LOOP = {
  steps: [call('again'), call('check')],
  flow: {
    transitions: [
      { from: 'again', to: 'check' },
      { from: 'check', to: 'again', loop: { max_iterations: 3 } },
    ],
  },
};

const make = async (name: string, input: object, token = fixture.token) =>
  (await fixture.ask(runMutation(name), { input }, token))[name];

const madeRow = async ({ run }: { run: { id: string } }) => {
  const sql = `select origin_kind, origin_run_id, setup, seed, trigger, parameters, priority, status, last_seq::int
    from runs where id = $1`;
  const [row] = await fixture.rows.query(sql, [rowOf(run.id).runId]);
  return row;
};

describe('a retry', () => {
  it('goes on from the step that failed, as the same run otherwise', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt('second') });
    const made = await make('retryRun', { runId: origin.id });
    expect(made).toMatchObject({
      kind: 'RetryRunSuccess',
      run: { status: 'pending', originKind: 'retry', origin: { id: origin.id } },
    });
    const [same] = await fixture.rows.query('select seed, trigger, parameters from runs where id = $1', [origin.runId]);
    expect(await madeRow(made)).toMatchObject({
      ...same,
      origin_kind: 'retry',
      origin_run_id: origin.runId,
      setup: { fork: { stepId: 'second' } },
      last_seq: 0,
    });
    const query = 'query ($id: ID!) { node(id: $id) { ... on Run { descendants { nodes { id originKind } } } } }';
    const { node } = await fixture.ask(query, { id: origin.id });
    expect(node.descendants.nodes).toEqual([{ id: made.run.id, originKind: 'retry' }]);
  });

  it('knows the iteration of a loop, and the step that a cancellation cut short', async () => {
    let calls = 0;
    const third = { execute: async () => (++calls === 3 ? Promise.reject(new Error('third call')) : null) };
    const looped = await fixture.recorded(LOOP, { executor: third });
    expect(await madeRow(await make('retryRun', { runId: looped.id }))).toMatchObject({
      setup: { fork: { stepId: 'again', iteration: '2' } },
    });
    const waits = {
      steps: [call('first'), { id: 'wait', uses: 'core.wait', with: { signal: 'go' } }],
      flow: { transitions: [{ from: 'first', to: 'wait' }] },
    };
    const canceled = await fixture.recorded(waits, {
      executor: failingAt(),
      tell: (run) => run.send({ kind: 'cancel_requested', reason: null, by: null }),
    });
    expect(await madeRow(await make('retryRun', { runId: canceled.id }))).toMatchObject({
      setup: { fork: { stepId: 'wait' } },
    });
  });

  it('is one run for a request that is repeated under its key', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt('second') });
    const input = { runId: origin.id, idempotencyKey: `key-${origin.runId}` };
    const answers = await Promise.all(Array.from({ length: 8 }, () => make('retryRun', input)));
    expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
    expect((await make('replayRun', input)).kind).toBe('Conflict');
  });

  it('is refused for a run that did not fail, or whose end no step made', async () => {
    const fine = await fixture.recorded(CHAIN, { executor: failingAt() });
    expect(await make('retryRun', { runId: fine.id })).toMatchObject({ kind: 'Conflict', code: 'IA_API_CONFLICT' });
    const outputs = { steps: [call('first')], outputs: { sum: '{{ steps.first.output.body.deep }}' } };
    const failed = await fixture.recorded(outputs, { executor: failingAt() });
    expect(await make('retryRun', { runId: failed.id })).toMatchObject({ kind: 'Conflict', code: 'IA_RUN_FORK' });
  });

  it('is refused where the log is gone', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt('second') });
    await fixture.rows.query('update runs set pruned_at = now() where id = $1', [origin.runId]);
    expect(await make('retryRun', { runId: origin.id })).toMatchObject({ kind: 'Conflict', code: 'IA_RUN_PRUNED' });
    expect((await make('replayRun', { runId: origin.id })).kind).toBe('ReplayRunSuccess');
  });
});

describe('a fork', () => {
  it('carries what it changes', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt() });
    const made = await make('forkRun', {
      runId: origin.id,
      stepId: 'second',
      input: { url: 'https://example.com/other' },
      variables: [{ path: 'steps.first.output.status', value: 500 }],
      mocks: [{ stepId: 'third', result: { output: 'mocked' } }],
      breakpoints: { steps: ['third'] },
    });
    expect(made).toMatchObject({ kind: 'ForkRunSuccess', run: { originKind: 'fork' } });
    expect(await madeRow(made)).toMatchObject({
      setup: {
        fork: {
          stepId: 'second',
          input: { url: 'https://example.com/other' },
          variables: { 'steps.first.output.status': 500 },
          debug: { mocks: { third: { output: 'mocked' } }, breakpoints: { steps: ['third'], transitions: [] } },
        },
      },
    });
  });

  it.each([
    ['a step that never began', { stepId: 'third' }, 'IA_RUN_FORK'],
    ['an iteration that there was not', { stepId: 'first', iteration: '4' }, 'IA_RUN_FORK'],
    ['a variable that there is not', { stepId: 'first', variables: [{ path: 'item', value: 1 }] }, 'IA_RUN_COMMAND'],
    [
      'a mock of a step that there is not',
      { stepId: 'first', mocks: [{ stepId: 'x', result: { output: 1 } }] },
      'IA_RUN_COMMAND',
    ],
  ])('from %s is refused', async (_what, input, code) => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt('second') });
    expect(await make('forkRun', { runId: origin.id, ...input })).toMatchObject({ kind: 'Conflict', code });
  });

  it('is an operator’s, with other values only a developer’s', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: failingAt('second') });
    const [operator, developer] = [await fixture.member('operator'), await fixture.member('developer')];
    const plain = { runId: origin.id, stepId: 'second' };
    const edited = { ...plain, input: { url: 'https://example.com/other' } };
    expect((await make('forkRun', plain, operator.token)).kind).toBe('ForkRunSuccess');
    expect((await make('forkRun', edited, operator.token)).kind).toBe('Forbidden');
    expect((await make('forkRun', edited, developer.token)).kind).toBe('ForkRunSuccess');
  });
});

describe('effects of which nobody knows', () => {
  const ASK = `mutation ($input: RetryRunInput!) { retryRun(input: $input) { kind: __typename
    ... on RetryRunSuccess { run { id } } ... on Error { code hint }
    ... on EffectsUnknown { effects { key stepId state error { message } } } } }`;
  const retry = async (input: object) => (await fixture.ask(ASK, { input }))['retryRun'];

  it('are asked about before they are repeated', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: losingAt('second') });
    const key = `${origin.runId}/second//`;
    expect(await retry({ runId: origin.id })).toMatchObject({
      kind: 'EffectsUnknown',
      code: 'IA_RUN_EFFECT_UNKNOWN',
      effects: [{ key, stepId: 'second', state: 'unknown', error: { message: 'No answer came.' } }],
    });
    const repeated = await retry({ runId: origin.id, effects: [{ key, decision: 'REPEAT' }] });
    expect(await madeRow(repeated)).toMatchObject({ setup: { fork: { stepId: 'second' } } });
    const confirmed = await retry({ runId: origin.id, effects: [{ key, decision: 'CONFIRM', output: { ok: 1 } }] });
    expect(await madeRow(confirmed)).toMatchObject({
      setup: { fork: { stepId: 'second', debug: { mocks: { second: { output: { ok: 1 } } } } } },
    });
    const given = await retry({ runId: origin.id, effects: [{ key, decision: 'FAIL' }] });
    expect(await madeRow(given)).toMatchObject({
      setup: { fork: { debug: { mocks: { second: { error: { code: 'IA_EFFECT_UNKNOWN' } } } } } },
    });
  });

  it('that a fork takes from the log are not asked about', async () => {
    const handled = {
      steps: [call('first', { on_error: 'continue' }), call('second')],
      flow: { transitions: [{ from: 'first', to: 'second' }] },
    };
    const origin = await fixture.recorded(handled, { executor: losingAt('first') });
    expect((await make('forkRun', { runId: origin.id, stepId: 'second' })).kind).toBe('ForkRunSuccess');
    expect((await make('forkRun', { runId: origin.id, stepId: 'first' })).kind).toBe('EffectsUnknown');
  });

  it.each([
    ['of a map', { steps: [call('each', { for_each: { items: [1, 2] } })] }, 'each'],
    ['of a loop', LOOP, 'again'],
  ])('%s can only be repeated', async (_what, definition, step) => {
    const origin = await fixture.recorded(definition, { executor: losingAt(step) });
    const unknown = await retry({ runId: origin.id });
    expect(unknown.kind).toBe('EffectsUnknown');
    const answers = (decision: string) => unknown.effects.map(({ key }: { key: string }) => ({ key, decision }));
    expect((await retry({ runId: origin.id, effects: answers('CONFIRM') })).kind).toBe('ValidationFailed');
    expect((await retry({ runId: origin.id, effects: answers('REPEAT') })).kind).toBe('RetryRunSuccess');
  });

  it('are answered for once each, and no others are', async () => {
    const origin = await fixture.recorded(CHAIN, { executor: losingAt('second') });
    const key = `${origin.runId}/second//`;
    const twice = [
      { key, decision: 'REPEAT' },
      { key, decision: 'FAIL' },
    ];
    expect((await retry({ runId: origin.id, effects: twice })).kind).toBe('ValidationFailed');
    const stray = [
      { key, decision: 'REPEAT' },
      { key: 'other', decision: 'REPEAT' },
    ];
    expect((await retry({ runId: origin.id, effects: stray })).kind).toBe('ValidationFailed');
  });
});
