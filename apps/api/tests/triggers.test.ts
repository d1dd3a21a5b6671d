import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, type Data } from './graphql-client.ts';

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let token: string;
let tenantId: string;
let otherToken: string;
let pipelineId: string;
let nextName = 0;

const CREATE_PIPELINE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } } ... on Error { message } } }`;
const ERRORS = `... on Error { code message hint } ... on ValidationFailed { diagnostics { path message hint } }`;
const SCHEDULE = 'id name cron timeZone parameters catchUp priority isEnabled nextAt lastAt problem pipeline { id }';
const EVENT_TRIGGER =
  'id name event statuses pluginName parameters priority isEnabled problem pipeline { id } sourcePipeline { id }';

const signIn = async (slug: string, scopes = TOKEN_SCOPES) =>
  (await seedTenant(database, { slug, name: slug })).apiToken(scopes);

const createPipeline = async (asToken: string, ofTenant: string): Promise<string> => {
  nextName += 1;
  const definition = {
    name: `pipeline-${nextName}`,
    parameters: { type: 'object', properties: { day: { type: 'integer' } }, required: ['day'] },
    steps: [{ id: 'only', uses: 'core.noop' }],
  };
  const input = { tenantId: ofTenant, definition };
  return (await ask(api, asToken, CREATE_PIPELINE, { input }))['createPipeline'].pipeline.id;
};

const tenantIdOf = async (asToken: string, slug: string): Promise<string> =>
  (await ask(api, asToken, 'query ($slug: String!) { tenant(slug: $slug) { id } }', { slug }))['tenant'].id;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  token = await signIn('acme');
  otherToken = await signIn('globex');
  tenantId = await tenantIdOf(token, 'acme');
});

beforeEach(async () => {
  pipelineId = await createPipeline(token, tenantId);
});

afterAll(async () => {
  await api?.close();
  await admin?.end();
  await database?.drop();
});

/** Runs `create`, `update` or `delete` of a kind of trigger. */
const change = async (mutation: string, fields: string, input: object, asToken = token): Promise<Data> => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const query = `mutation ($input: ${type}Input!) { ${mutation}(input: $input) {
    kind: __typename ... on ${type}Success { ${fields} } ${ERRORS} } }`;
  return (await ask(api, asToken, query, { input }))[mutation];
};

const schedule = (more: object = {}) => ({
  pipelineId,
  name: 'nightly',
  cron: '0 2 * * *',
  timeZone: 'Europe/Zurich',
  parameters: { day: 1 },
  ...more,
});

const createSchedule = (more: object = {}, asToken = token) =>
  change('createSchedule', `schedule { ${SCHEDULE} }`, schedule(more), asToken);

const updateSchedule = (input: object) => change('updateSchedule', `schedule { ${SCHEDULE} }`, input);

const createEventTrigger = (more: object = {}) =>
  change('createEventTrigger', `eventTrigger { ${EVENT_TRIGGER} }`, {
    pipelineId,
    name: 'after',
    event: 'run_ended',
    parameters: { day: 1 },
    ...more,
  });

const pathsOf = (answer: Data): string[] => answer['diagnostics'].map((item: { path: string }) => item.path);

describe('schedules', () => {
  it('are created, seen from their pipeline and tenant, and read by id', async () => {
    const created = await createSchedule({ catchUp: 'all', priority: 5 });
    expect(created).toMatchObject({
      kind: 'CreateScheduleSuccess',
      schedule: {
        name: 'nightly',
        cron: '0 2 * * *',
        timeZone: 'Europe/Zurich',
        parameters: { day: 1 },
        catchUp: 'all',
        priority: 5,
        isEnabled: true,
        lastAt: null,
        problem: null,
        pipeline: { id: pipelineId },
      },
    });
    const { id, nextAt } = created['schedule'];
    const query = `query ($id: ID!, $pipelineId: ID!) {
      node(id: $id) { kind: __typename ... on Trigger { name createdBy } ... on Schedule { nextTimes(first: 2) } }
      pipeline: node(id: $pipelineId) { ... on Pipeline { schedules { nodes { id } } } }
      tenant(slug: "acme") { schedules(first: 100) { nodes { id } } } }`;
    const data = await ask(api, token, query, { id, pipelineId });
    expect(data['node']).toMatchObject({ kind: 'Schedule', name: 'nightly', nextTimes: [nextAt, expect.any(String)] });
    expect(data['pipeline'].schedules.nodes).toEqual([{ id }]);
    expect(data['tenant'].schedules.nodes).toContainEqual({ id });
  });

  it('are changed where the input says so, switched off, and on again', async () => {
    const { id, nextAt } = (await createSchedule())['schedule'];
    await admin.query(`update schedules set problem = 'x' where name = 'nightly'`);
    const renamed = (await updateSchedule({ id, name: 'daily' }))['schedule'];
    expect(renamed).toMatchObject({ name: 'daily', cron: '0 2 * * *', nextAt, problem: null });
    expect((await updateSchedule({ id, isEnabled: false }))['schedule']).toMatchObject({
      isEnabled: false,
      nextAt: null,
    });
    const moved = (await updateSchedule({ id, isEnabled: true, cron: '30 3 * * *', timeZone: 'UTC' }))['schedule'];
    expect(moved.nextAt).toMatch(/T03:30:00/);
  });

  it('are deleted once', async () => {
    const { id } = (await createSchedule())['schedule'];
    expect(await change('deleteSchedule', 'deletedId', { id })).toEqual({
      kind: 'DeleteScheduleSuccess',
      deletedId: id,
    });
    expect(await change('deleteSchedule', 'deletedId', { id })).toMatchObject({ kind: 'NotFound' });
    expect(await updateSchedule({ id, name: 'gone' })).toMatchObject({ kind: 'NotFound' });
  });

  it('say all that is wrong with them at once, with a hint', async () => {
    const wrong = {
      name: ' ',
      cron: '0 25 * * *',
      timeZone: 'Europe/Zuerich',
      priority: 101,
      parameters: { day: 'x' },
    };
    const answer = await createSchedule(wrong);
    expect(answer['kind']).toBe('ValidationFailed');
    expect(pathsOf(answer)).toEqual(['$.name', '$.cron', '$.timeZone', '$.priority', '$.parameters.day']);
    expect(answer['diagnostics'][1].hint).toContain('five fields');
    expect(answer['diagnostics'][2].hint).toContain('Europe/Zurich');
    expect(pathsOf(await createSchedule({ cron: '0 0 30 2 *' }))).toEqual(['$.cron']);
    expect(pathsOf(await createSchedule({ parameters: [] }))).toEqual(['$.parameters']);
    expect(pathsOf(await createSchedule({ parameters: {} }))).toEqual(['$.parameters.day']);
    const { id } = (await createSchedule())['schedule'];
    expect(pathsOf(await updateSchedule({ id, cron: 'never' }))).toEqual(['$.cron']);
  });

  it('have names of their own, and a pipeline that is not archived', async () => {
    await createSchedule();
    expect(await createSchedule()).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('name') });
    const other = (await createSchedule({ name: 'other' }))['schedule'];
    expect(await updateSchedule({ id: other.id, name: 'nightly' })).toMatchObject({ kind: 'Conflict' });
    await ask(api, token, 'mutation ($id: ID!) { archivePipeline(input: { id: $id }) { kind: __typename } }', {
      id: pipelineId,
    });
    expect(await createSchedule({ name: 'late' })).toMatchObject({
      kind: 'Conflict',
      message: 'The pipeline is archived.',
    });
  });

  it('are a thousand at most', async () => {
    const fullToken = await signIn('initech');
    const fullTenant = await tenantIdOf(fullToken, 'initech');
    const fullPipeline = await createPipeline(fullToken, fullTenant);
    await admin.query(
      `insert into schedules (id, tenant_id, pipeline_id, name, cron, time_zone, parameters, created_by)
       select gen_random_uuid(), p.tenant_id, p.id, 'n' || n, '0 0 * * *', 'UTC', '{}', 'u'
       from pipelines p join tenants t on t.id = p.tenant_id and t.slug = 'initech', generate_series(1, 1000) n`,
    );
    const input = { pipelineId: fullPipeline };
    expect(await createSchedule(input, fullToken)).toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('1000'),
    });
  });
});

describe('event triggers', () => {
  it('are created, changed and deleted', async () => {
    const source = await createPipeline(token, tenantId);
    const created = await createEventTrigger({ sourcePipelineId: source, statuses: ['failed', 'canceled'] });
    expect(created).toMatchObject({
      kind: 'CreateEventTriggerSuccess',
      eventTrigger: {
        event: 'run_ended',
        statuses: ['failed', 'canceled'],
        pluginName: null,
        sourcePipeline: { id: source },
        pipeline: { id: pipelineId },
        isEnabled: true,
      },
    });
    const { id } = created['eventTrigger'];
    const update = (input: object) =>
      change('updateEventTrigger', `eventTrigger { ${EVENT_TRIGGER} }`, { id, ...input });
    expect((await update({ isEnabled: false, statuses: [] }))['eventTrigger']).toMatchObject({
      isEnabled: false,
      statuses: [],
      sourcePipeline: { id: source },
    });
    expect((await update({ sourcePipelineId: null }))['eventTrigger']).toMatchObject({ sourcePipeline: null });
    const query = `query ($id: ID!) { node(id: $id) { ... on Pipeline { eventTriggers { nodes { id } } } }
      tenant(slug: "acme") { eventTriggers(first: 100) { nodes { id } } webhooks { nodes { id } } } }`;
    const data = await ask(api, token, query, { id: pipelineId });
    expect(data['node'].eventTriggers.nodes).toEqual([{ id }]);
    expect(data['tenant'].eventTriggers.nodes).toContainEqual({ id });
    expect(await change('deleteEventTrigger', 'deletedId', { id })).toMatchObject({ deletedId: id });
  });

  it('refuse what does not belong to their event, and pipelines of others', async () => {
    const foreign = await createPipeline(otherToken, await tenantIdOf(otherToken, 'globex'));
    expect(pathsOf(await createEventTrigger({ statuses: ['running'] }))).toEqual(['$.statuses']);
    expect(pathsOf(await createEventTrigger({ pluginName: '@acme/x' }))).toEqual(['$.pluginName']);
    expect(pathsOf(await createEventTrigger({ sourcePipelineId: foreign }))).toEqual(['$.sourcePipelineId']);
    const published = {
      event: 'plugin_published',
      sourcePipelineId: pipelineId,
      statuses: ['failed'],
      pluginName: 'x',
    };
    expect(pathsOf(await createEventTrigger(published))).toEqual(['$.sourcePipelineId', '$.statuses', '$.pluginName']);
    expect(await createEventTrigger({ event: 'plugin_published', pluginName: '@acme/weather' })).toMatchObject({
      eventTrigger: { pluginName: '@acme/weather' },
    });
  });
});

describe('who may', () => {
  it('see and change them: members by their role, others not at all', async () => {
    const { id } = (await createSchedule())['schedule'];
    const reader = await seedTenant(database, { slug: 'readers', name: 'R', role: 'operator' });
    const operatorToken = await reader.apiToken(['PIPELINES_READ', 'PIPELINES_WRITE', 'TENANT_READ']);
    const list = '{ tenant(slug: "readers") { schedules { nodes { id } } viewerPermissions } }';
    const { tenant } = await ask(api, operatorToken, list);
    expect(tenant.schedules.nodes).toEqual([]);
    expect(tenant.viewerPermissions).not.toContain('trigger.write');

    const readToken = await (await seedTenant(database, { slug: 'umbrella', name: 'U' })).apiToken(['PIPELINES_READ']);
    for (const stranger of [otherToken, readToken]) {
      expect(await createSchedule({ name: 'theirs' }, stranger)).toMatchObject({ kind: 'NotFound' });
      expect(await change('deleteSchedule', 'deletedId', { id }, stranger)).toMatchObject({ kind: 'NotFound' });
      expect((await ask(api, stranger, 'query ($id: ID!) { node(id: $id) { id } }', { id }))['node']).toBeNull();
    }
  });

  it('is written into the audit log, without parameters', async () => {
    const { id } = (await createSchedule({ parameters: { day: 12_345 } }))['schedule'];
    await updateSchedule({ id, isEnabled: false });
    await change('deleteSchedule', 'deletedId', { id });
    const { rows } = await admin.query(
      `select action, details::text as details from audit_log where action like 'schedule.%' order by seq desc limit 3`,
    );
    expect(rows.map((row) => row.action)).toEqual(['schedule.delete', 'schedule.update', 'schedule.create']);
    for (const { details } of rows) expect(details).not.toContain('12345');
  });
});
