import { startTestApi } from '@ia-modules/api/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './graphql-client.ts';
import { createRandom, followInPieces, type LiveRun, type LiveStage, openLiveStage } from './live-stage.ts';
import { STARTED, stepSucceeded, SUCCEEDED } from './run-log-writer.ts';
import { RUN_EVENTS } from './socket-client.ts';

const TENANT_RUNS = `subscription ($tenantId: ID!, $after: String, $statuses: [RunStatus!]) {
  tenantRuns(tenantId: $tenantId, after: $after, statuses: $statuses) {
    __typename ... on RunChange { runId status waitReason cursor run { id } } ... on FeedGap { until } } }`;

let stage: LiveStage;

beforeAll(async () => {
  stage = await openLiveStage();
});
afterAll(() => stage?.close());

const cursorOfNow = async (): Promise<string> =>
  (await ask(stage.api, stage.token, '{ tenant(slug: "acme") { changesCursor } }'))['tenant'].changesCursor;

const seqs = (items: readonly Readonly<Record<string, unknown>>[]): unknown[] => items.map((item) => item['seq']);

describe('events of a run', () => {
  it.each([1, 2, 3])('come once each and in order, however often a subscriber comes back (%i)', async (seed) => {
    const random = createRandom(seed);
    const runs = await Promise.all([stage.startRun(), stage.startRun(), stage.startRun()]);
    const COUNT = 120;
    const write = async (run: LiveRun): Promise<void> => {
      const drafts = [
        STARTED,
        ...Array.from({ length: COUNT - 2 }, (_, index) => stepSucceeded('a', index)),
        SUCCEEDED,
      ];
      while (drafts.length > 0) await stage.log.append(run, drafts.splice(0, 1 + Math.floor(random() * 8)));
    };
    const writing = (async () => {
      // The writer has one connection: the runs take turns.
      for (const run of runs) await write(run);
    })();
    const followers = runs.flatMap((run) =>
      Array.from({ length: 4 }, () =>
        followInPieces(stage, { query: RUN_EVENTS, variables: { runId: run.id }, count: COUNT, random }),
      ),
    );
    for (const items of await Promise.all(followers)) {
      expect(seqs(items)).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1));
    }
    await writing;
  });

  it('come through each of two APIs on one database', async () => {
    const other = await startTestApi(stage.database);
    const run = await stage.startRun();
    const here = stage.open().subscribe(RUN_EVENTS, { runId: run.id });
    const there = stage.open({ api: other }).subscribe(RUN_EVENTS, { runId: run.id });
    await stage.log.append(run, [STARTED]);
    await Promise.all([here.waitFor(1), there.waitFor(1)]);
    for (let index = 0; index < 20; index += 1) await stage.log.append(run, [stepSucceeded('a', index)]);
    await stage.log.append(run, [SUCCEEDED]);
    await Promise.all([here.done, there.done]);
    expect(seqs(here.items)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    expect(there.items).toEqual(here.items);
    await other.close();
  });
});

/** Transactions of several connections that are open side by side and end in any order. */
const changeAtRandom = async (runs: readonly LiveRun[], random: () => number): Promise<void> => {
  const clients = Array.from({ length: 6 }, () => new Client({ connectionString: stage.database.urls.worker }));
  await Promise.all(clients.map((client) => client.connect()));
  const waiting = runs.flatMap((run) => [{ run, status: 'running' }]);
  const open = new Map<Client, LiveRun>();
  while (waiting.length > 0 || open.size > 0) {
    const free = clients.find((client) => !open.has(client));
    const next = waiting[0];
    if (free !== undefined && next !== undefined && random() < 0.6) {
      waiting.shift();
      await free.query('begin');
      await free.query("select set_config('app.tenant_ids', $1, true)", [next.run.tenantId]);
      await free.query('update runs set status = $2 where id = $1', [next.run.runId, next.status]);
      open.set(free, next.run);
      if (next.status === 'running') waiting.push({ run: next.run, status: 'waiting' });
      // The second change of a run waits for the lock of the first: it must be committed before.
      if (waiting[0] !== undefined && [...open.values()].includes(waiting[0].run)) await endAll();
    } else await endOne();
  }
  await Promise.all(clients.map((client) => client.end()));

  async function endOne(): Promise<void> {
    const [client] = [...open.keys()].toSorted(() => random() - 0.5);
    if (client === undefined) return;
    open.delete(client);
    await client.query('commit');
  }

  async function endAll(): Promise<void> {
    while (open.size > 0) await endOne();
  }
};

describe('changes of the runs of a tenant', () => {
  it.each([11, 12])(
    'come once each, also when transactions end in another order than they began (%i)',
    async (seed) => {
      const random = createRandom(seed);
      const after = await cursorOfNow();
      const runs: LiveRun[] = [];
      for (let count = 0; count < 15; count += 1) runs.push(await stage.startRun());
      const expected = runs.length * 3;
      const followers = [1, 2, 3].map(() =>
        followInPieces(stage, {
          query: TENANT_RUNS,
          variables: { tenantId: stage.tenantId, after },
          count: expected,
          random,
        }),
      );
      const [first, ...others] = await Promise.all([...followers, changeAtRandom(runs, random)]);
      for (const run of runs) {
        const changes = (first as readonly Record<string, unknown>[]).filter(({ runId }) => runId === run.id);
        expect(changes.map(({ status }) => status)).toEqual(['pending', 'running', 'waiting']);
        expect(changes[0]?.['run']).toEqual({ id: run.id });
      }
      for (const items of others.slice(0, 2)) expect(items).toEqual(first);
    },
  );

  it('are filtered by what the runs become', async () => {
    const after = await cursorOfNow();
    const run = await stage.startRun();
    await stage.log.append(run, [STARTED, SUCCEEDED]);
    const ended = stage.open().subscribe(TENANT_RUNS, { tenantId: stage.tenantId, after, statuses: ['succeeded'] });
    await ended.waitFor(1);
    expect(ended.items).toMatchObject([{ runId: run.id, status: 'succeeded' }]);
  });

  it('say that some may be missing to who was away for days', async () => {
    const admin = new Client({ connectionString: stage.database.adminUrl });
    await admin.connect();
    const start = await cursorOfNow();
    const run = await stage.startRun();
    await admin.query(`update tenant_changes set at = now() - interval '3 days' where run_id = $1`, [run.runId]);
    const feed = stage.open().subscribe(TENANT_RUNS, { tenantId: stage.tenantId, after: start });
    await feed.waitFor(1);
    const old = stage.open().subscribe(TENANT_RUNS, { tenantId: stage.tenantId, after: feed.items[0]?.['cursor'] });
    await old.waitFor(1);
    expect(old.items[0]).toMatchObject({ __typename: 'FeedGap' });
    await admin.end();
  });

  it.each(['garbage', Buffer.from('["changes","another",1,2,3]').toString('base64url')])(
    'refuse the cursor %s',
    async (after) => {
      const feed = stage.open().subscribe(TENANT_RUNS, { tenantId: stage.tenantId, after });
      await feed.done;
      expect(feed.errors[0]?.extensions?.['code']).toBe('IA_API_INVALID');
    },
  );
});

describe('changes of the approvals of a tenant', () => {
  it('tell what was opened and what became of it', async () => {
    const admin = new Client({ connectionString: stage.database.adminUrl });
    await admin.connect();
    const after = await cursorOfNow();
    const run = await stage.startRun();
    const feed = stage.open().subscribe(
      `subscription ($tenantId: ID!, $after: String) { approvals(tenantId: $tenantId, after: $after) {
        ... on ApprovalChange { status cursor approval { stepId } } } }`,
      { tenantId: stage.tenantId, after },
    );
    await admin.query(
      `insert into approvals (tenant_id, run_id, key, step_id, status, request, assignees, requested_at)
       values ($1, $2, 'ask#/', 'ask', 'open', '{}', '{}', now())`,
      [run.tenantId, run.runId],
    );
    await feed.waitFor(1);
    await admin.query(`update approvals set status = 'approved', decided_at = now() where run_id = $1`, [run.runId]);
    await feed.waitFor(2);
    expect(feed.items).toMatchObject([
      { status: 'open', approval: { stepId: 'ask' } },
      { status: 'approved', approval: { stepId: 'ask' } },
    ]);
    await admin.end();
  });
});
