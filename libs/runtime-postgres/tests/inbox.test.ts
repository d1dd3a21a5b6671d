import type { Json } from '@ia-modules/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PipelineFixture } from '../src/testing.ts';
import { chainOf, createObservedWork, openHarness, type RuntimeHarness } from './runtime-harness.ts';

let harness: RuntimeHarness;
const work = createObservedWork();

beforeAll(async () => {
  harness = await openHarness();
  await harness.start(work.execute);
});
afterAll(() => harness.close());

const PATIENTLY = { timeout: 10_000 };
const WAITS = chainOf('waits', [{ id: 'w', uses: 'core.wait', with: { signal: 'go' } }], {
  outputs: { w: '{{ steps.w.output }}' },
});
const untilWaiting = async (runId: string, waitReason: string): Promise<void> => {
  await expect.poll(() => harness.stateOf(runId), PATIENTLY).toMatchObject({ status: 'waiting', waitReason });
};
const untilAnswered = async (runId: string): Promise<void> => {
  await expect.poll(() => harness.unanswered(runId), PATIENTLY).toBe(0);
};

/** Writes whatever it is given, as a writer with a defect would. */
const tellAnything = async (
  { tenantId }: PipelineFixture,
  runId: string,
  kind: string,
  payload: Json,
): Promise<void> => {
  await harness.fixtures.pool.query(
    'insert into run_commands (tenant_id, run_id, kind, payload, requested_by) values ($1, $2, $3, $4, $5)',
    [tenantId, runId, kind, JSON.stringify(payload), 'tester'],
  );
  await harness.fixtures.pool.query("notify run_inbox, ''");
};

describe('a signal', () => {
  test('that comes before the run begins waits for it', async () => {
    const pipeline = await harness.create(WAITS);
    await harness.stopAll();
    const runId = await harness.fixtures.startRun(pipeline);
    await harness.fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'go', payload: 'early' } });
    await harness.start(work.execute);
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { w: 'early' } });
  });

  test('that comes after the end changes nothing', async () => {
    const pipeline = await harness.create(chainOf('short', [{ id: 'a', uses: 'core.noop' }]));
    const runId = await harness.fixtures.startRun(pipeline);
    const { lastSeq } = await harness.fixtures.untilEnded(runId);
    await harness.fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'go', payload: 'late' } });
    await untilAnswered(runId);
    expect(await harness.fixtures.readRun(runId)).toMatchObject({ status: 'succeeded', lastSeq });
  });

  test('that is delivered twice counts once', async () => {
    const pipeline = await harness.create(
      chainOf(
        'two',
        ['w1', 'w2'].map((id) => ({ id, uses: 'core.wait', with: { signal: 'go' } })),
        {
          outputs: { all: ['{{ steps.w1.output }}', '{{ steps.w2.output }}'] },
        },
      ),
    );
    const runId = await harness.fixtures.startRun(pipeline);
    for (const [payload, delivery] of [
      ['first', 'd1'],
      ['first', 'd1'],
      ['second', 'd2'],
    ] as const) {
      await harness.fixtures.tellRun(pipeline, runId, { kind: 'signal', payload: { name: 'go', payload, delivery } });
    }
    expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ outputs: { all: ['first', 'second'] } });
    await untilAnswered(runId);
  });
});

test('a paused run begins no step until it is resumed', async () => {
  const pipeline = await harness.create(
    chainOf('paused', [
      { id: 'a', uses: 'test.hold' },
      { id: 'b', uses: 'test.echo' },
    ]),
  );
  const runId = await harness.fixtures.startRun(pipeline);
  await work.untilHeld(runId);
  await harness.fixtures.tellRun(pipeline, runId, { kind: 'pause', payload: {} });
  await untilAnswered(runId);
  await work.letGo(runId);
  await untilWaiting(runId, 'paused');
  expect(work.stepsOf(runId)).toEqual(['a']);
  await harness.fixtures.tellRun(pipeline, runId, { kind: 'resume', payload: {} });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
  expect(work.stepsOf(runId)).toEqual(['a', 'b']);
});

test('a run whose time is over goes on when it is given more', async () => {
  const nap = { id: 'a', uses: 'core.wait', with: { duration: '60ms' } };
  const definition = chainOf('slow', [nap, { id: 'b', uses: 'test.echo' }]);
  const pipeline = await harness.create({
    ...definition,
    flow: { ...definition.flow, max_duration: '20ms', on_budget: 'pause' },
  });
  const runId = await harness.fixtures.startRun(pipeline);
  await untilWaiting(runId, 'budget');
  await harness.fixtures.tellRun(pipeline, runId, { kind: 'raise_budget', payload: { maxDurationMs: 600_000 } });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded' });
});

test('a debugged run stops, is changed, and goes on step by step', async () => {
  const pipeline = await harness.create(
    chainOf(
      'debugged',
      ['a', 'b', 'c'].map((id) => ({ id, uses: 'test.echo', with: { n: '{{ parameters.n }}' } })),
      {
        parameters: { type: 'object', properties: { n: { type: 'integer' } } },
        outputs: { b: '{{ steps.b.output.n }}', c: '{{ steps.c.output.n }}' },
      },
    ),
  );
  const setup = { debug: { breakpoints: { steps: ['b'], transitions: [] } } };
  const runId = await harness.startRun(pipeline, { parameters: { n: 1 }, setup });
  await untilWaiting(runId, 'breakpoint');
  expect(work.stepsOf(runId)).toEqual(['a']);

  const debug = (command: { readonly kind: 'step_over' | 'continue' } | MockOrVariable): Promise<void> =>
    harness.fixtures.tellRun(pipeline, runId, { kind: 'debug', payload: { command } });
  await debug({ kind: 'set_variable', path: 'parameters.n', value: 2 });
  await debug({ kind: 'mock', stepId: 'c', result: { output: { n: 3 } } });
  await debug({ kind: 'step_over' });
  await expect.poll(() => work.stepsOf(runId), PATIENTLY).toEqual(['a', 'b']);
  await untilAnswered(runId);
  await untilWaiting(runId, 'breakpoint');
  await debug({ kind: 'continue' });
  expect(await harness.fixtures.untilEnded(runId)).toMatchObject({ status: 'succeeded', outputs: { b: 2, c: 3 } });
  expect(work.stepsOf(runId)).toEqual(['a', 'b']);
});

type MockOrVariable =
  | { readonly kind: 'set_variable'; readonly path: string; readonly value: Json }
  | { readonly kind: 'mock'; readonly stepId: string; readonly result: { readonly output: Json } };

test('what can not be understood is answered, and harms neither the run nor others', async () => {
  const pipeline = await harness.create(WAITS);
  const [runId, other] = [await harness.fixtures.startRun(pipeline), await harness.fixtures.startRun(pipeline)];
  await untilWaiting(runId, 'signal');
  const nonsense: [string, Json][] = [
    ['dance', {}],
    ['signal', { payload: 1 }],
    ['signal', []],
    ['signal', null],
    ['decide_approval', { decision: 'approve', by: 'ann' }],
    ['decide_approval', { key: 'w#/', decision: 'approve', by: 'ann', roles: 5 }],
    ['decide_effect', { key: 7, decision: 'maybe' }],
    ['raise_budget', { maxCostUsd: 'much' }],
    ['debug', {}],
    ['debug', { command: { kind: 'set_breakpoints' } }],
    ['debug', { command: { kind: 'mock', stepId: 'w', result: 5 } }],
    ['child_ended', null],
    ['child_ended', { key: 'w#/@1' }],
    ['child_ended', { key: 'w#/@1', runId: 'no id' }],
    ['child_ended', { key: 'w#/@1', runId: '11111111-1111-4111-8111-111111111111' }],
    ['constructor', {}],
  ];
  for (const [kind, payload] of nonsense) await tellAnything(pipeline, runId, kind, payload);
  await untilAnswered(runId);
  for (const id of [runId, other]) {
    await harness.fixtures.tellRun(pipeline, id, { kind: 'signal', payload: { name: 'go', payload: 'fine' } });
    expect(await harness.fixtures.untilEnded(id)).toMatchObject({ status: 'succeeded', outputs: { w: 'fine' } });
  }
});
