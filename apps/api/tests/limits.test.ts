import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlFixture, createControlFixture } from './control-fixture.ts';
import { signUp } from './graphql-client.ts';

let fixture: ControlFixture;
/** Signed in, in no tenant. */
let operator: string;

beforeAll(async () => {
  fixture = await createControlFixture({ IA_PLATFORM_ADMINS: 'someone@example.com, Ops@Example.com' });
  operator = (await signUp(fixture.api, 'ops@example.com')).token;
});

afterAll(async () => {
  await fixture?.close();
});

const SET = `mutation ($input: SetTenantLimitsInput!) { setTenantLimits(input: $input) { kind: __typename
  ... on SetTenantLimitsSuccess { limits { weight maxConcurrentRuns maxConcurrentTasks maxRunsPerMinute } }
  ... on Error { code message } } }`;

const setLimits = async (input: object, token?: string) =>
  (await fixture.ask(SET, { input: { tenantId: fixture.tenantId, ...input } }, token))['setTenantLimits'];

describe('the limits of a tenant', () => {
  it('are set by nobody whose address is not verified', async () => {
    expect((await setLimits({ weight: 2 }, operator)).kind).toBe('Forbidden');
  });

  it('are set by the operator of the platform, and shown to the tenant', async () => {
    await fixture.rows.query(`update auth."user" set "emailVerified" = true where email = 'ops@example.com'`);
    const set = await setLimits({ weight: 3, maxConcurrentRuns: 4, maxRunsPerMinute: 60 }, operator);
    const limits = { weight: 3, maxConcurrentRuns: 4, maxConcurrentTasks: null, maxRunsPerMinute: 60 };
    expect(set).toEqual({ kind: 'SetTenantLimitsSuccess', limits });
    expect((await setLimits({ maxConcurrentRuns: null }, operator)).limits).toEqual({
      ...limits,
      maxConcurrentRuns: null,
    });
    const query =
      '{ tenant(slug: "acme") { limits { weight maxConcurrentRuns maxConcurrentTasks maxRunsPerMinute } } }';
    expect((await fixture.ask(query))['tenant'].limits).toEqual({ ...limits, maxConcurrentRuns: null });
    const audit = await fixture.rows.query(
      `select details from audit_log where action = 'tenant.set_limits' order by seq`,
    );
    expect(audit[0]).toMatchObject({ details: { after: limits } });
  });

  it.each([{ weight: 0 }, { weight: 1_001 }, { maxConcurrentRuns: 0 }, { maxRunsPerMinute: -1 }])(
    'are not %j',
    async (wrong) => {
      expect((await setLimits(wrong, operator)).kind).toBe('ValidationFailed');
    },
  );

  it('are not set by an owner, a token or a stranger, of no tenant at all', async () => {
    const owner = await fixture.member('owner');
    const stranger = await signUp(fixture.api, 'stranger@example.com');
    for (const token of [fixture.token, owner.token, stranger.token]) {
      expect((await setLimits({ weight: 9 }, token)).kind).toBe('Forbidden');
    }
    const nobody = Buffer.from(`Tenant:${crypto.randomUUID()}`).toString('base64url');
    expect((await setLimits({ tenantId: nobody, weight: 9 }, operator)).kind).toBe('NotFound');
  });
});

describe('the limit of a pipeline', () => {
  const SET_PIPELINE = `mutation ($input: SetPipelineLimitsInput!) { setPipelineLimits(input: $input) { kind: __typename
    ... on SetPipelineLimitsSuccess { pipeline { revision maxConcurrentRuns } } } }`;

  it('is set and taken away without a new revision', async () => {
    const pipelineId = await fixture.createPipeline({ steps: [{ id: 'a', uses: 'core.noop' }] });
    for (const maxConcurrentRuns of [2, null]) {
      const { setPipelineLimits } = await fixture.ask(SET_PIPELINE, { input: { pipelineId, maxConcurrentRuns } });
      expect(setPipelineLimits).toEqual({
        kind: 'SetPipelineLimitsSuccess',
        pipeline: { revision: 1, maxConcurrentRuns },
      });
    }
    const input = { pipelineId, maxConcurrentRuns: 0 };
    expect((await fixture.ask(SET_PIPELINE, { input }))['setPipelineLimits'].kind).toBe('ValidationFailed');
    const viewer = await fixture.member('viewer');
    const refused = await fixture.ask(SET_PIPELINE, { input: { pipelineId } }, viewer.token);
    expect(refused['setPipelineLimits'].kind).toBe('Forbidden');
  });
});
