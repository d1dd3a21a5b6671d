import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { failingAt } from './recorded-run.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const CALL = { steps: [{ id: 'call', uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' }] };
const WAITS = { steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] };

const BULK = `mutation ($input: BulkRunsInput!) { bulkRuns(input: $input) { kind: __typename
  ... on BulkRunsSuccess { hasMore endCursor results { runId ok run { id originKind } error { code message } } }
  ... on Error { code message } } }`;

const bulk = async (input: object, token = fixture.token) =>
  (await fixture.ask(BULK, { input: { tenantId: fixture.tenantId, ...input } }, token))['bulkRuns'];

describe('an action on many runs', () => {
  it('is done for those that take it, and refused for the others', async () => {
    const open = await fixture.recorded(WAITS);
    const ended = await fixture.recorded(CALL, { executor: failingAt() });
    const answer = await bulk({ action: 'CANCEL', runIds: [open.id, ended.id, 'nonsense', open.id], reason: 'enough' });
    expect(answer).toMatchObject({
      kind: 'BulkRunsSuccess',
      hasMore: false,
      endCursor: null,
      results: [
        { runId: open.id, ok: true, run: { id: open.id }, error: null },
        { runId: ended.id, ok: false, run: null, error: { code: 'IA_API_CONFLICT' } },
        { runId: 'nonsense', ok: false, error: { code: 'IA_API_NOT_FOUND' } },
      ],
    });
    const commands = await fixture.rows.query('select run_id, kind, payload from run_commands');
    expect(commands).toEqual([{ run_id: open.runId, kind: 'cancel', payload: { reason: 'enough' } }]);
    const audit = await fixture.rows.query(`select target from audit_log where action = 'run.cancel'`);
    expect(audit).toEqual([{ target: `run:${open.runId}` }]);
  });

  it('retries those of a pipeline that failed, each once for a key', async () => {
    const { id, pipelineId } = await fixture.recorded(CALL, { executor: failingAt('call') });
    const second = await fixture.start(pipelineId);
    await fixture.rows.record(second, { name: 'again', ...CALL }, { executor: failingAt('call') });
    await fixture.start(pipelineId);
    const input = { action: 'RETRY', filter: { pipelineId }, idempotencyKey: 'tonight' };
    const answer = await bulk(input);
    expect(answer.results).toHaveLength(2);
    expect(answer.results.map((result: { runId: string }) => result.runId)).toEqual([second.id, id]);
    expect(answer.results).toMatchObject([{ ok: true, run: { originKind: 'retry' } }, { ok: true }]);
    expect(await bulk(input)).toEqual(answer);
  });

  it('forks from one step, and says where that can not be', async () => {
    const began = await fixture.recorded(CALL, { executor: failingAt('call') });
    const other = await fixture.recorded(WAITS);
    const input = { action: 'FORK', runIds: [began.id, other.id], fork: { stepId: 'call' } };
    expect((await bulk(input)).results).toMatchObject([
      { ok: true, run: { originKind: 'fork' } },
      { ok: false, error: { code: 'IA_RUN_FORK' } },
    ]);
  });

  it('says whether the filter matches more, and goes on behind them', async () => {
    const pipelineId = await fixture.createPipeline(WAITS);
    const { runId } = await fixture.start(pipelineId);
    await fixture.rows.query(
      `insert into runs (id, tenant_id, pipeline_id, pipeline_version_id, parameters, trigger, seed, created_by, created_at, status)
       select gen_random_uuid(), r.tenant_id, r.pipeline_id, r.pipeline_version_id, r.parameters, r.trigger, r.seed, r.created_by,
         r.created_at - make_interval(secs => n), 'succeeded'
       from runs r cross join generate_series(1, 1005) n where r.id = $1`,
      [runId],
    );
    const filter = { pipelineId, status: ['succeeded'] };
    const first = await bulk({ action: 'CANCEL', filter });
    expect(first).toMatchObject({ hasMore: true });
    const rest = await bulk({ action: 'CANCEL', filter: { ...filter, after: first.endCursor } });
    expect(rest).toMatchObject({ hasMore: false });
    const results = [...first.results, ...rest.results] as { runId: string; ok: boolean }[];
    expect([first.results.length, new Set(results.map((result) => result.runId)).size]).toEqual([1_000, 1_005]);
    expect(results.filter(({ ok }) => ok)).toEqual([]);
  });

  it.each([
    ['no runs', {}],
    ['both kinds of runs', { runIds: [], filter: {} }],
    ['too many runs', { runIds: Array.from({ length: 501 }, (_, index) => String(index)) }],
    ['a fork without its step', { action: 'FORK', runIds: [] }],
    ['a key for what makes no run', { runIds: [], idempotencyKey: 'x' }],
    ['a cursor of another list', { filter: { after: 'W10' } }],
  ])('with %s is refused as a whole', async (_what, input) => {
    expect((await bulk({ action: 'CANCEL', ...input })).kind).toBe('ValidationFailed');
  });

  it('is for those who may control runs', async () => {
    const viewer = await fixture.member('viewer');
    for (const action of ['CANCEL', 'PAUSE', 'RESUME', 'RETRY', 'REPLAY']) {
      expect((await bulk({ action, runIds: [] }, viewer.token)).kind).toBe('Forbidden');
    }
  });
});
