import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { createRandom, followInPieces, type LiveRun, type LiveStage, openLiveStage } from './live-stage.ts';
import { STARTED, SUCCEEDED } from './run-log-writer.ts';

const RUN_LOGS = `subscription ($runId: ID!, $after: String, $levels: [LogLineLevel!]) {
  runLogs(runId: $runId, after: $after, levels: $levels) {
    __typename ... on RunLogLine { seq level message stepId fraction cursor } ... on Gap { from to } } }`;

let stage: LiveStage;
let worker: Client;

beforeAll(async () => {
  stage = await openLiveStage();
  worker = new Client({ connectionString: stage.database.urls.worker });
  await worker.connect();
});
afterAll(async () => {
  await worker?.end();
  await stage?.close();
});

type Line = { readonly level: string; readonly message: string; readonly stepId?: string; readonly fraction?: number };

/** As the worker does: lines and notification in one commit. */
const write = async ({ tenantId, runId }: LiveRun, lines: readonly Line[]): Promise<void> => {
  await worker.query('begin');
  await worker.query("select set_config('app.tenant_ids', $1, true)", [tenantId]);
  const { rows } = await worker.query(
    `insert into run_log_chunks (tenant_id, run_id, first_seq, last_seq, lines)
     select $1, $2, coalesce(max(last_seq), 0) + 1, coalesce(max(last_seq), 0) + $3, $4
     from run_log_chunks where run_id = $2 returning last_seq`,
    [tenantId, runId, lines.length, JSON.stringify(lines.map((line) => ({ at: 1, attempt: 1, stepId: 'a', ...line })))],
  );
  await worker.query("select pg_notify('run_logs', $1)", [`${tenantId}:${runId}:${rows[0].last_seq}`]);
  await worker.query('commit');
};

const info = (message: string): Line => ({ level: 'info', message });

describe('runLogs', () => {
  it('delivers what is stored, then what comes, and completes when the run has ended', async () => {
    const run = await stage.startRun();
    await write(run, [info('one'), info('two')]);
    const lines = stage.open().subscribe(RUN_LOGS, { runId: run.id });
    await lines.waitFor(2);
    await stage.log.append(run, [STARTED]);
    await write(run, [info('three')]);
    await lines.waitFor(3);
    await write(run, [info('four')]);
    await stage.log.append(run, [SUCCEEDED]);
    await lines.done;
    expect(lines.items.map((item) => [item['seq'], item['message']])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [4, 'four'],
    ]);
  });

  it('completes for a run that ends without a line', async () => {
    const run = await stage.startRun();
    const lines = stage.open().subscribe(RUN_LOGS, { runId: run.id });
    await stage.log.append(run, [STARTED, SUCCEEDED]);
    await lines.done;
    expect([lines.items, lines.errors]).toEqual([[], []]);
  });

  it('has each line once, in order, for whoever comes back again and again', async () => {
    const run = await stage.startRun();
    const random = createRandom(5);
    const COUNT = 700;
    const following = followInPieces(stage, { query: RUN_LOGS, variables: { runId: run.id }, count: COUNT, random });
    for (let written = 0; written < COUNT; written += 35) {
      await write(
        run,
        Array.from({ length: 35 }, (_, index) => info(`line ${written + index + 1}`)),
      );
    }
    expect((await following).map(({ message }) => message)).toEqual(
      Array.from({ length: COUNT }, (_, index) => `line ${index + 1}`),
    );
  });

  it('lets the last report of progress stand for those before', async () => {
    const run = await stage.startRun();
    const progress = (fraction: number): Line => ({ level: 'progress', message: '', fraction });
    await write(run, [progress(0.1), progress(0.2), info('said'), progress(0.9)]);
    const lines = stage.open().subscribe(RUN_LOGS, { runId: run.id });
    await lines.waitFor(2);
    expect(lines.items).toMatchObject([
      { level: 'INFO', seq: 3 },
      { level: 'PROGRESS', fraction: 0.9, seq: 4 },
    ]);
  });

  it('gives the lines of some levels alone', async () => {
    const run = await stage.startRun();
    await write(run, [info('no'), { level: 'error', message: 'yes' }]);
    const lines = stage.open().subscribe(RUN_LOGS, { runId: run.id, levels: ['WARN', 'ERROR'] });
    await lines.waitFor(1);
    expect(lines.items).toMatchObject([{ level: 'ERROR', message: 'yes' }]);
  });

  it('says that the lines are gone when the log was pruned', async () => {
    const run = await stage.startRun();
    await stage.log.append(run, [STARTED, SUCCEEDED]);
    const admin = new Client({ connectionString: stage.database.adminUrl });
    await admin.connect();
    await admin.query('update runs set pruned_at = now() where id = $1', [run.runId]);
    await admin.end();
    const lines = stage.open().subscribe(RUN_LOGS, { runId: run.id });
    await lines.done;
    expect(lines.items).toEqual([{ __typename: 'Gap', from: 1, to: 10_001 }]);
  });

  it('comes over server-sent events as well', async () => {
    const run = await stage.startRun();
    await write(run, [info('one'), info('two')]);
    await stage.log.append(run, [STARTED, SUCCEEDED]);
    const response = await fetch(stage.api.graphqlUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stage.token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: RUN_LOGS, variables: { runId: run.id } }),
    });
    const text = await response.text();
    expect([...text.matchAll(/"message":"(\w+)"/g)].map((match) => match[1])).toEqual(['one', 'two']);
    expect(text).toContain('event: complete');
  });
});

describe('Run.logs', () => {
  it('pages both ways, by level and step, over the lines that the subscription has', async () => {
    const run = await stage.startRun();
    await write(run, [info('1'), { level: 'warn', message: '2' }, { ...info('3'), stepId: 'b' }]);
    await write(run, [{ level: 'warn', message: '4' }, info('5')]);
    const query = `query ($id: ID!, $first: Int, $last: Int, $after: String, $levels: [LogLineLevel!], $stepId: String) {
      node(id: $id) { ... on Run { logs(first: $first, last: $last, after: $after, levels: $levels, stepId: $stepId) {
        nodes { message cursor } pageInfo { hasNextPage endCursor } } } } }`;
    const page = async (variables: object) =>
      (await ask(stage.api, stage.token, query, { id: run.id, ...variables }))['node'].logs;
    const messages = async (variables: object): Promise<string> =>
      (await page(variables)).nodes.map((node: { message: string }) => node.message).join('');
    const first = await page({ first: 2 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(await messages({ first: 10, after: first.pageInfo.endCursor })).toBe('345');
    expect(await messages({ last: 2 })).toBe('45');
    expect(await messages({ levels: ['WARN'] })).toBe('24');
    expect(await messages({ stepId: 'b' })).toBe('3');
    const rest = stage.open().subscribe(RUN_LOGS, { runId: run.id, after: first.nodes[1].cursor });
    await rest.waitFor(3);
    expect(rest.items.map((item) => item['message']).join('')).toBe('345');
  });
});
