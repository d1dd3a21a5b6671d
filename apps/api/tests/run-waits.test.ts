import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, type TestRun } from './control-fixture.ts';
import { send } from './graphql-client.ts';
import { failingAt } from './recorded-run.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const NOOP = { steps: [{ id: 'only', uses: 'core.noop' }] };
const SUM = {
  parameters: { type: 'object', properties: { rate: { type: 'number', default: 2 } } },
  steps: [
    { id: 'first', uses: 'core.noop', with: { n: 20 } },
    { id: 'second', uses: 'core.noop', with: { n: '{{ steps.first.output.n * parameters.rate }}' } },
    { id: 'wait', uses: 'core.wait', with: { signal: 'go' } },
  ],
  flow: {
    transitions: [
      { from: 'first', to: 'second' },
      { from: 'second', to: 'wait' },
    ],
  },
};

const waitingOf = async (run: TestRun) => {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Run { waiting { reason stepId iteration index since until detail } } } }';
  return (await fixture.ask(query, { id: run.id }))['node'].waiting;
};

type Report = { readonly tenant?: object; readonly activeRuns?: number; readonly activeTasks?: number };

const workerSays = async ({ tenant, activeRuns = 1, activeTasks = 1 }: Report): Promise<void> => {
  const tenants = tenant === undefined ? {} : { [fixture.tenant.tenantId]: tenant };
  const report = { maxRuns: 10, activeRuns, maxTasks: 10, activeTasks, tenants };
  await fixture.rows.query(
    `insert into worker_leases (name, holder, fence, expires_at, report) values ('engine', 'w', 1, now() + interval '1 hour', $1)
     on conflict (name) do update set report = excluded.report, expires_at = excluded.expires_at`,
    [report],
  );
};
const limit = (column: string, value: number | null) =>
  fixture.rows.query(`update tenant_limits set ${column} = $2 where tenant_id = $1`, [fixture.tenant.tenantId, value]);

describe('a run that nobody has begun', () => {
  beforeEach(async () => {
    await fixture.rows.query('delete from worker_leases');
    await fixture.rows.query('delete from runs');
    await fixture.rows.query(
      'update tenant_limits set max_concurrent_runs = null, max_runs_per_minute = null, max_concurrent_tasks = null',
    );
  });

  it('waits for a worker where none is there, behind those that go first', async () => {
    const pipelineId = await fixture.createPipeline(NOOP);
    await fixture.start(pipelineId);
    const run = await fixture.start(pipelineId);
    expect(await waitingOf(run)).toMatchObject([
      { reason: 'worker', stepId: null, until: null, detail: { workers: 0, ahead: 1 } },
    ]);
  });

  it('waits for its tenant’s own limit', async () => {
    await limit('max_concurrent_runs', 3);
    await workerSays({ tenant: { activeRuns: 3, activeTasks: 0, queuedTasks: 0 } });
    const run = await fixture.start(await fixture.createPipeline(NOOP));
    expect(await waitingOf(run)).toMatchObject([{ reason: 'tenant_limit', detail: { limit: 3, activeRuns: 3 } }]);
  });

  it('waits for its pipeline’s limit', async () => {
    await workerSays({});
    const pipelineId = await fixture.createPipeline(NOOP);
    await fixture.rows.query('update pipelines set max_concurrent_runs = 1');
    const active = await fixture.start(pipelineId);
    await fixture.rows.query("update runs set status = 'running', last_seq = 1 where id = $1", [active.runId]);
    const run = await fixture.start(pipelineId);
    expect(await waitingOf(run)).toMatchObject([{ reason: 'pipeline_limit', detail: { limit: 1, activeRuns: 1 } }]);
  });

  it('waits for its tenant’s rate, and says until when', async () => {
    await limit('max_runs_per_minute', 5);
    const rateFullUntil = Date.now() + 30_000;
    await workerSays({ tenant: { activeRuns: 0, activeTasks: 0, queuedTasks: 0, rateFullUntil } });
    const run = await fixture.start(await fixture.createPipeline(NOOP));
    expect(await waitingOf(run)).toMatchObject([
      { reason: 'rate', until: new Date(rateFullUntil).toISOString(), detail: { limit: 5 } },
    ]);
  });

  it('waits for its tenant’s share of a worker that is full', async () => {
    await workerSays({ activeRuns: 10, tenant: { activeRuns: 2, activeTasks: 0, queuedTasks: 0 } });
    const run = await fixture.start(await fixture.createPipeline(NOOP));
    expect(await waitingOf(run)).toMatchObject([
      { reason: 'share', detail: { weight: 1, activeRuns: 2, workerMaxRuns: 10 } },
    ]);
  });
});

describe('a run that goes on', () => {
  it('says what it waits for, and nothing once it has ended', async () => {
    const waiting = await fixture.recorded(SUM);
    expect(await waitingOf(waiting)).toMatchObject([{ reason: 'signal', stepId: 'wait', detail: { signal: 'go' } }]);
    expect(await waitingOf(await fixture.recorded(NOOP))).toEqual([]);
  });

  it('tells attempts that the worker has not begun from those under way', async () => {
    const call = { id: 'call', uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' };
    const run = await fixture.recorded({ steps: [call] }, { executor: failingAt('call') });
    const scheduled = run.events.findIndex(({ type }) => type === 'task_scheduled') + 1;
    const open = run.events.slice(0, scheduled).map(({ runId: _runId, seq: _seq, ...stored }) => stored);
    await fixture.rows.query('update run_event_chunks set events = $2, last_seq = $3 where run_id = $1', [
      run.runId,
      JSON.stringify(open),
      scheduled,
    ]);
    await fixture.rows.query("update runs set status = 'running', finished_at = null where id = $1", [run.runId]);
    await workerSays({ tenant: { activeRuns: 1, activeTasks: 1, queuedTasks: 0 } });
    expect(await waitingOf(run)).toMatchObject([{ reason: 'task', stepId: 'call' }]);
    await workerSays({ tenant: { activeRuns: 1, activeTasks: 1, queuedTasks: 4 } });
    expect(await waitingOf(run)).toMatchObject([{ reason: 'share', stepId: 'call', detail: { queuedTasks: 4 } }]);
    await limit('max_concurrent_tasks', 1);
    expect(await waitingOf(run)).toMatchObject([{ reason: 'tenant_limit', detail: { limit: 1 } }]);
    await fixture.rows.query('delete from worker_leases');
    expect(await waitingOf(run)).toMatchObject([{ reason: 'worker', detail: { workers: 0 } }]);
  });
});

describe('looking into a run', () => {
  const INSPECT = `query ($id: ID!, $seq: Int) { node(id: $id) { ... on Run { inspection(afterSeq: $seq) { seq status parameters
    steps { nodes { stepId status output } } waiting { reason } } } } }`;

  it('shows it behind any of its events', async () => {
    const run = await fixture.recorded(SUM);
    const first = run.events.find(({ type, stepId }) => type === 'step_succeeded' && stepId === 'first')?.seq ?? 0;
    const then = (await fixture.ask(INSPECT, { id: run.id, seq: first }))['node'].inspection;
    expect(then).toMatchObject({ seq: first, status: 'running', parameters: { rate: 2 } });
    expect(then.steps.nodes.slice(0, 2)).toEqual([
      { stepId: 'first', status: 'succeeded', output: { n: 20 } },
      { stepId: 'second', status: 'pending', output: null },
    ]);
    const now = (await fixture.ask(INSPECT, { id: run.id }))['node'].inspection;
    expect(now).toMatchObject({ seq: run.events.length, status: 'waiting', waiting: [{ reason: 'signal' }] });
  });

  it('evaluates expressions there, and says what is wrong with them', async () => {
    const run = await fixture.recorded(SUM);
    const query =
      'query ($id: ID!, $e: String!, $seq: Int) { node(id: $id) { ... on Run { evaluate(expression: $e, afterSeq: $seq) } } }';
    const { node } = await fixture.ask(query, { id: run.id, e: 'steps.second.output.n + 2' });
    expect(node.evaluate).toBe(42);
    const failed = [
      ['steps.second.output.n', 1, 'IA_EXPRESSION_FAILED'],
      ['1 +', null, 'IA_EXPRESSION_INVALID'],
    ] as const;
    for (const [e, seq, code] of failed) {
      const { errors } = await send(fixture.api, { token: fixture.token, query, variables: { id: run.id, e, seq } });
      expect(errors?.[0]?.extensions?.['code']).toBe(code);
    }
  });

  it('replays a long log for few moments at once', async () => {
    const items = Array.from({ length: 10_000 }, (_, index) => index);
    const run = await fixture.recorded({
      steps: [{ id: 'each', uses: 'core.noop', with: { n: '{{ item }}' }, for_each: { items } }],
    });
    const look = (moments: number) => {
      const aliases = Array.from(
        { length: moments },
        (_, index) => `m${index}: inspection(afterSeq: $seq${index}) { seq }`,
      );
      const declared = aliases.map((_, index) => `$seq${index}: Int`).join(', ');
      const query = `query ($id: ID!, ${declared}) { node(id: $id) { ... on Run { ${aliases.join(' ')} } } }`;
      const seqs = aliases.map((_, index) => [`seq${index}`, run.events.length - index] as const);
      return send(fixture.api, { token: fixture.token, query, variables: { id: run.id, ...Object.fromEntries(seqs) } });
    };
    expect((await look(2)).errors).toBeUndefined();
    const moments = Math.ceil(500_000 / run.events.length) + 1;
    expect((await look(moments)).errors?.[0]?.extensions?.['code']).toBe('IA_API_LIMIT');
    const same = Array.from({ length: 40 }, (_, index) => `e${index}: evaluate(expression: "${index}")`).join(' ');
    const { node } = await fixture.ask(`query ($id: ID!) { node(id: $id) { ... on Run { ${same} } } }`, { id: run.id });
    expect(node).toMatchObject({ e0: 0, e39: 39 });
  });

  it('says where its log is gone', async () => {
    const run = await fixture.recorded(SUM);
    await fixture.rows.query('update runs set pruned_at = now() where id = $1', [run.runId]);
    const query = `query ($id: ID!) { node(id: $id) { ... on Run { status inspection { status } effects { nodes { key } }
      compensations { nodes { stepId } } } } }`;
    const { data, errors } = await send(fixture.api, { token: fixture.token, query, variables: { id: run.id } });
    expect(data?.['node']).toEqual({ status: 'waiting', inspection: null, effects: null, compensations: null });
    expect(errors?.map((error) => error.extensions?.['code'])).toEqual(Array(3).fill('IA_RUN_PRUNED'));
  });

  it('shows effects and compensations page by page', async () => {
    const call = (id: string) => ({ id, uses: 'http.request', with: { url: 'https://example.com/' }, timeout: '5s' });
    const undone = {
      steps: [{ ...call('book'), compensate: { uses: 'core.noop' } }, call('pay')],
      flow: { transitions: [{ from: 'book', to: 'pay' }], on_failure: 'compensate' },
    };
    const run = await fixture.recorded(undone, { executor: failingAt('pay') });
    const query = `query ($id: ID!, $after: String) { node(id: $id) { ... on Run { costUsd priority
      compensations { nodes { stepId status } } effects(first: 1, after: $after) { nodes { stepId state } pageInfo { endCursor hasNextPage } } } } }`;
    const { node } = await fixture.ask(query, { id: run.id });
    expect(node).toMatchObject({
      costUsd: 0,
      priority: 0,
      compensations: { nodes: [{ stepId: 'book', status: 'succeeded' }] },
      effects: { nodes: [{ stepId: 'book', state: 'confirmed' }], pageInfo: { hasNextPage: true } },
    });
    const next = await fixture.ask(query, { id: run.id, after: node.effects.pageInfo.endCursor });
    expect(next['node'].effects).toMatchObject({
      nodes: [{ stepId: 'pay', state: 'failed' }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('shows the parts of a run and what it is a part of', async () => {
    const pipelineId = await fixture.createPipeline(NOOP);
    const [parent, child] = [await fixture.start(pipelineId), await fixture.start(pipelineId)];
    await fixture.rows.query('update runs set parent_run_id = $2 where id = $1', [child.runId, parent.runId]);
    const query = `query ($parent: ID!, $child: ID!) { parent: node(id: $parent) { ... on Run { parent { id } children { nodes { id } } } }
      child: node(id: $child) { ... on Run { parent { id } origin { id } originKind } } }`;
    expect(await fixture.ask(query, { parent: parent.id, child: child.id })).toEqual({
      parent: { parent: null, children: { nodes: [{ id: child.id }] } },
      child: { parent: { id: parent.id }, origin: null, originKind: null },
    });
  });
});
