import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture, rowOf, type TestRun } from './control-fixture.ts';
import { signUp } from './graphql-client.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await createControlFixture();
});

afterAll(async () => {
  await fixture?.close();
});

const asking = (request: object = {}) => ({ steps: [{ id: 'ask', uses: 'human.approval', with: request }] });

const FIELDS = `id stepId key status title description form assignees quorum viewerCanDecide run { id }
  votes { decision by comment values }`;

const approvalOf = async (run: TestRun, token?: string) => {
  const query = `query ($id: ID!) { node(id: $id) { ... on Run { approvals { nodes { ${FIELDS} } } } } }`;
  return (await fixture.ask(query, { id: run.id }, token))['node'].approvals.nodes[0];
};

const DECIDE = `mutation ($input: DecideApprovalInput!) { decideApproval(input: $input) { kind: __typename
  ... on DecideApprovalSuccess { approval { id } } ... on Error { code message } } }`;

const decide = async (run: TestRun, input: object, token = fixture.token) => {
  const { id } = await approvalOf(run);
  return (await fixture.ask(DECIDE, { input: { approvalId: id, ...input } }, token))['decideApproval'];
};

/** As the worker would have started it. */
const startedBy = ({ runId }: TestRun, trigger: object) =>
  fixture.rows.query(`update runs set trigger = $2, created_by = 'worker' where id = $1`, [runId, trigger]);

const votesFor = async ({ runId }: TestRun) =>
  (await fixture.rows.query('select payload from run_commands where run_id = $1 order by id', [runId])).map(
    ({ payload }) => payload,
  );

describe('an approval', () => {
  it('shows what is asked, by its run, its tenant and its id', async () => {
    const form = { type: 'object', properties: { amount: { type: 'number' } }, required: ['amount'] };
    const request = { title: 'Pay?', description: 'A lot', form, assignees: ['role:owner'], quorum: 2 };
    const run = await fixture.recorded(asking(request));
    const shown = await approvalOf(run);
    expect(shown).toMatchObject({
      stepId: 'ask',
      key: 'ask#/',
      status: 'open',
      title: 'Pay?',
      description: 'A lot',
      form,
      quorum: 2,
      assignees: ['role:owner'],
      votes: [],
      viewerCanDecide: true,
      run: { id: run.id },
    });
    const query = `query ($id: ID!) { node(id: $id) { ... on Approval { ${FIELDS} } }
      tenant(slug: "acme") { open: approvals(status: [open], first: 1) { nodes { id } } closed: approvals(status: [approved]) { nodes { id } } } }`;
    const { node, tenant } = await fixture.ask(query, { id: shown.id });
    expect(node).toEqual(shown);
    expect(tenant).toEqual({ open: { nodes: [{ id: shown.id }] }, closed: { nodes: [] } });
  });

  it('shows the votes that count', async () => {
    const run = await fixture.recorded(asking({ quorum: 2 }), {
      tell: (handle) =>
        handle.send({
          kind: 'approval_decided',
          key: 'ask#/',
          decision: 'approve',
          by: 'u1',
          roles: [],
          comment: 'fine',
        }),
    });
    expect((await approvalOf(run)).votes).toEqual([{ decision: 'APPROVE', by: 'u1', comment: 'fine', values: null }]);
  });
});

describe('a decision', () => {
  it('is made in the name of the person behind a token, with e-mail and role', async () => {
    const run = await fixture.recorded(asking());
    const approver = await fixture.member('approver');
    const input = { decision: 'APPROVE', values: { note: 'ok' }, comment: 'go' };
    expect(await decide(run, input, approver.token)).toMatchObject({ kind: 'DecideApprovalSuccess' });
    const { userId: by, email } = approver;
    expect(await votesFor(run)).toEqual([
      { key: 'ask#/', decision: 'approve', by, email, roles: ['approver'], values: { note: 'ok' }, comment: 'go' },
    ]);
    const [entry] = await fixture.rows.query(
      `select action, actor, details from audit_log where target = $1 and action = 'approval.decide'`,
      [`run:${run.runId}`],
    );
    expect(entry).toMatchObject({ actor: { kind: 'token', userId: by }, details: { decision: 'approve' } });
  });

  it('is taken once: repeated it is no error, the other way round it is', async () => {
    const run = await fixture.recorded(asking({ quorum: 2 }));
    for (const _ of [1, 2]) expect((await decide(run, { decision: 'APPROVE' })).kind).toBe('DecideApprovalSuccess');
    expect(await decide(run, { decision: 'REJECT' })).toMatchObject({ kind: 'Conflict', code: 'IA_APPROVAL_VOTED' });
    expect(await votesFor(run)).toHaveLength(1);
  });

  it('counts for assignees alone, by id, e-mail in any case, or role', async () => {
    const member = await fixture.member('operator');
    for (const assignee of [`user:${member.userId}`, member.email.toUpperCase(), 'role:operator']) {
      const run = await fixture.recorded(asking({ assignees: [assignee] }));
      expect(await approvalOf(run)).toMatchObject({ viewerCanDecide: false });
      expect(await decide(run, { decision: 'APPROVE' })).toMatchObject({
        kind: 'Forbidden',
        code: 'IA_APPROVAL_NOT_ASSIGNEE',
      });
      expect(await approvalOf(run, member.token)).toMatchObject({ viewerCanDecide: true });
      expect((await decide(run, { decision: 'REJECT' }, member.token)).kind).toBe('DecideApprovalSuccess');
    }
  });

  it('is refused to who started the run, through a token or by making it anew', async () => {
    const run = await fixture.recorded(asking({ no_self_approval: true }));
    const other = await fixture.member('operator');
    expect(await decide(run, { decision: 'APPROVE' })).toMatchObject({ kind: 'Forbidden', code: 'IA_APPROVAL_SELF' });
    expect((await approvalOf(run)).viewerCanDecide).toBe(false);
    const replay = `mutation ($id: ID!) { replayRun(input: { runId: $id }) { ... on ReplayRunSuccess { run { id } } } }`;
    const made = (await fixture.ask(replay, { id: run.id }, other.token))['replayRun'].run.id;
    const [, tenantId = '', runId = ''] = Buffer.from(made, 'base64url').toString('utf8').split(':');
    const copy = { id: made, tenantId, runId };
    await fixture.rows.record(copy, { name: 'copy', ...asking({ no_self_approval: true }) });
    for (const token of [fixture.token, other.token]) {
      expect((await decide(copy, { decision: 'APPROVE' }, token)).code).toBe('IA_APPROVAL_SELF');
    }
    const third = await fixture.member('approver');
    expect((await decide(copy, { decision: 'APPROVE' }, third.token)).kind).toBe('DecideApprovalSuccess');
  });

  it('is refused to who made or changed what started the run by itself, even when that is gone', async () => {
    const [author, editor, approver] = await Promise.all([
      fixture.member('developer'),
      fixture.member('developer'),
      fixture.member('approver'),
    ]);
    const run = await fixture.recorded(asking({ no_self_approval: true }));
    const schedule = { pipelineId: run.pipelineId, name: 'often', cron: '* * * * *', timeZone: 'UTC' };
    const create = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) {
      ... on CreateScheduleSuccess { schedule { id } } } }`;
    const { id } = (await fixture.ask(create, { input: schedule }, author.token))['createSchedule'].schedule;
    const update = `mutation ($id: ID!) { updateSchedule(input: { id: $id, cron: "5 * * * *" }) { kind: __typename } }`;
    await fixture.ask(update, { id }, editor.token);
    const remove = `mutation ($id: ID!) { deleteSchedule(input: { id: $id }) { kind: __typename } }`;
    expect((await fixture.ask(remove, { id }, author.token))['deleteSchedule'].kind).toBe('DeleteScheduleSuccess');
    const trigger = { type: 'schedule', schedule: rowOf(id).runId, name: 'often', at: '2026-11-23T01:00:00.000Z' };
    await startedBy(run, trigger);
    for (const { token } of [author, editor]) {
      expect((await decide(run, { decision: 'APPROVE' }, token)).code).toBe('IA_APPROVAL_SELF');
    }
    expect((await decide(run, { decision: 'APPROVE' }, approver.token)).kind).toBe('DecideApprovalSuccess');
  });

  it('is refused to who started the run whose end started this one', async () => {
    const starter = await fixture.member('operator');
    const source = await fixture.recorded(asking());
    await startedBy(source, { type: 'manual', by: starter.userId });
    const run = await fixture.recorded(asking({ no_self_approval: true }));
    const event = { type: 'run_ended', runId: source.runId, status: 'succeeded' };
    await startedBy(run, { type: 'event', trigger: crypto.randomUUID(), name: 'after', event, chain: 1 });
    expect((await decide(run, { decision: 'APPROVE' }, starter.token)).code).toBe('IA_APPROVAL_SELF');
  });

  it('fits the form', async () => {
    const form = { type: 'object', properties: { amount: { type: 'number' } }, required: ['amount'] };
    const run = await fixture.recorded(asking({ form }));
    for (const input of [{ decision: 'APPROVE' }, { decision: 'APPROVE', values: { amount: 'much' } }]) {
      expect(await decide(run, input)).toMatchObject({ kind: 'ValidationFailed', code: 'IA_APPROVAL_FORM' });
    }
    expect((await decide(run, { decision: 'REJECT', values: { amount: 1 } })).kind).toBe('ValidationFailed');
    expect((await decide(run, { decision: 'APPROVE', values: { amount: 1 } })).kind).toBe('DecideApprovalSuccess');
  });

  it('comes too late for one that is closed', async () => {
    const run = await fixture.recorded(asking());
    await fixture.rows.query(`update approvals set status = 'expired' where run_id = $1`, [run.runId]);
    expect(await decide(run, { decision: 'APPROVE' })).toMatchObject({ kind: 'Conflict', code: 'IA_APPROVAL_CLOSED' });
  });

  it('needs the permission, and of a token the scope', async () => {
    const run = await fixture.recorded(asking());
    const viewer = await fixture.member('viewer');
    const runner = await fixture.tenant.apiToken(['RUNS_READ', 'RUNS_WRITE', 'PIPELINES_READ']);
    for (const token of [viewer.token, runner]) {
      expect(await decide(run, { decision: 'APPROVE' }, token)).toMatchObject({
        kind: 'Forbidden',
        code: 'IA_API_FORBIDDEN',
      });
      expect((await approvalOf(run, token)).viewerCanDecide).toBe(false);
    }
    const stranger = await signUp(fixture.api, 'stranger@example.com');
    expect((await decide(run, { decision: 'APPROVE' }, stranger.token)).kind).toBe('NotFound');
  });
});
