import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createPool, TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, publishPlugin, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { createSecretSealer, secretKeyId, secretVersionOwner } from '@ia-modules/secrets';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Data, send } from './graphql-client.ts';

const ROTATE = fileURLToPath(new URL('../src/rotate-secrets.ts', import.meta.url));
const key = randomBytes(32);

let database: TestDatabase;
let api: TestApi;
let admin: Client;
let token: string;
let rowId: string;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database, { IA_SECRET_KEY: key.toString('base64') });
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  rowId = tenant.tenantId;
  token = await tenant.apiToken(TOKEN_SCOPES);
  tenantId = (await ask(api, token, '{ tenant(slug: "acme") { id } }'))['tenant'].id;
});

afterAll(async () => {
  await api?.close();
  await admin?.end();
  await database?.drop();
});

const ERRORS =
  '... on Error { code message hint } ... on Conflict { currentVersion } ... on ValidationFailed { diagnostics { path message } }';
const SECRET = 'secret { id name description currentVersion lastUsedAt createdBy }';

/** Sends one mutation that takes an input; `fields` is what its success is asked for. */
const change = async (name: string, input: object, fields = SECRET, as = token): Promise<Data> => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const query = `mutation ($input: ${type}Input!) { ${name}(input: $input) {
    kind: __typename ... on ${type}Success { ${fields} } ${ERRORS} } }`;
  return (await ask(api, as, query, { input }))[name];
};

const create = async (name: string, value: string): Promise<string> =>
  (await change('createSecret', { tenantId, name, value }))['secret'].id;

const storedValue = async (name: string): Promise<string> => {
  const { rows } = await admin.query(
    `select v.*, s.current_version from secrets s join secret_versions v on v.secret_id = s.id and v.version = s.current_version
     where s.name = $1`,
    [name],
  );
  const { tenant_id: owner, secret_id: secretId, version, key_id: keyId, sealed } = rows[0];
  const opener = createSecretSealer({ current: key, others: [] });
  return opener.open({ keyId, sealed }, secretVersionOwner({ tenantId: owner, secretId, version }));
};

describe('a secret', () => {
  it('is made, listed and described, and its value is nowhere to be read', async () => {
    const made = await change('createSecret', {
      tenantId,
      name: 'API_KEY',
      value: 'value-one',
      description: 'of the shop',
    });
    expect(made).toMatchObject({
      kind: 'CreateSecretSuccess',
      secret: { name: 'API_KEY', description: 'of the shop', currentVersion: 1, lastUsedAt: null },
    });
    const { id } = made['secret'];
    expect(await change('updateSecretDescription', { id, description: 'of another shop' })).toMatchObject({
      secret: { description: 'of another shop' },
    });
    const query = `query ($id: ID!) { node(id: $id) { ... on Secret { name versions { nodes { number createdAt createdBy } } usedBy { nodes { name } } } }
      tenant(slug: "acme") { secrets(first: 10) { nodes { id name } } } }`;
    const read = await ask(api, token, query, { id });
    expect(read['node']).toMatchObject({ versions: { nodes: [{ number: 1 }] }, usedBy: { nodes: [] } });
    expect(read['tenant'].secrets.nodes).toContainEqual({ id, name: 'API_KEY' });
    const types = await ask(api, token, '{ __type(name: "Secret") { fields { name } } }');
    expect(JSON.stringify(types)).not.toMatch(/"(?:value|sealed|keyId)"/);
    expect(await storedValue('API_KEY')).toBe('value-one');
  });

  it.each([
    ['a name that no pipeline could read', { name: '1-KEY', value: 'long enough' }, '$.name'],
    ['no value', { name: 'EMPTY', value: '' }, '$.value'],
    ['a value that could not be masked', { name: 'SHORT', value: 'abc' }, '$.value'],
    ['a value that is too large', { name: 'LARGE', value: 'x'.repeat(65_537) }, '$.value'],
    [
      'a description that is too long',
      { name: 'LONG', value: 'long enough', description: 'x'.repeat(1_001) },
      '$.description',
    ],
  ])('with %s is refused, and the answer does not quote it', async (_what, input, path) => {
    const refused = await change('createSecret', { tenantId, ...input });
    expect(refused).toMatchObject({ kind: 'ValidationFailed', diagnostics: [{ path }] });
    expect(JSON.stringify(refused)).not.toContain('xxxx');
  });

  it('is not quoted where its input can not be read', async () => {
    const query = 'mutation ($input: CreateSecretInput!) { createSecret(input: $input) { __typename } }';
    for (const input of [
      { tenantId, value: 'canary-value' },
      { tenantId, name: 'A', value: ['canary-value'] },
    ]) {
      const { errors } = await send(api, { token, query, variables: { input } });
      expect(errors?.[0]?.message).toContain('$input');
      expect(JSON.stringify(errors)).not.toContain('canary-value');
    }
  });

  it('of an identity provider is not quoted either', async () => {
    const query =
      'mutation ($input: ConfigureSingleSignOnInput!) { configureSingleSignOn(input: $input) { __typename } }';
    const { errors } = await send(api, { token, query, variables: { input: { clientSecret: 'canary-value' } } });
    expect(errors?.[0]?.message).toContain('$input');
    expect(JSON.stringify(errors)).not.toContain('canary-value');
  });

  it('has a name of its own', async () => {
    await create('TWICE', 'value-one');
    expect(await change('createSecret', { tenantId, name: 'TWICE', value: 'value-two' })).toMatchObject({
      kind: 'Conflict',
    });
    expect(await storedValue('TWICE')).toBe('value-one');
  });

  it('is rotated, and rolled back to what it was', async () => {
    const id = await create('ROTATED', 'value-one');
    expect(await change('rotateSecret', { id, value: 'value-two', expectedVersion: 1 })).toMatchObject({
      secret: { currentVersion: 2 },
    });
    const late = await change('rotateSecret', { id, value: 'value-late', expectedVersion: 1 });
    expect(late).toMatchObject({ kind: 'Conflict', currentVersion: 2 });
    expect(await storedValue('ROTATED')).toBe('value-two');
    expect(await change('rollbackSecret', { id, toVersion: 1, expectedVersion: 2 })).toMatchObject({
      secret: { currentVersion: 3 },
    });
    expect(await storedValue('ROTATED')).toBe('value-one');
    expect(await change('rollbackSecret', { id, toVersion: 9 })).toMatchObject({ kind: 'Conflict' });
    const { node } = (await ask(
      api,
      token,
      'query ($id: ID!) { node(id: $id) { ... on Secret { currentVersion versions(first: 2) { pageInfo { hasNextPage } nodes { number } } } } }',
      { id },
    )) as { node: unknown };
    expect(node).toEqual({
      currentVersion: 3,
      versions: { pageInfo: { hasNextPage: true }, nodes: [{ number: 3 }, { number: 2 }] },
    });
  });

  it('is made and rotated once under an idempotency key, however often it is asked for', async () => {
    const input = { tenantId, name: 'ONCE', value: 'value-one', idempotencyKey: 'create-once' };
    const [first, again] = [await change('createSecret', input), await change('createSecret', input)];
    expect(again).toEqual(first);
    expect(await change('createSecret', { ...input, value: 'value-two' })).toMatchObject({ kind: 'Conflict' });
    const rotation = { id: first['secret'].id, value: 'value-two', idempotencyKey: 'rotate-once' };
    await change('rotateSecret', rotation);
    expect(await change('rotateSecret', rotation)).toMatchObject({ secret: { currentVersion: 2 } });
    const { rows } = await admin.query(`select k::text as row from idempotency_keys k`);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/value-(?:one|two)/);
  });

  it('is rotated by many at once, and each version is kept', async () => {
    const id = await create('BUSY', 'value-one');
    const values = Array.from({ length: 8 }, (_, index) => `value-${index}-x`);
    await Promise.all(values.map((value) => change('rotateSecret', { id, value })));
    const { rows } = await admin.query(
      `select s.current_version as current, array_agg(v.version order by v.version) as versions
       from secrets s join secret_versions v on v.secret_id = s.id where s.name = 'BUSY' group by s.id`,
    );
    expect(rows).toEqual([{ current: 9, versions: [1, 2, 3, 4, 5, 6, 7, 8, 9] }]);
    expect(values).toContain(await storedValue('BUSY'));
  });

  it('is compared without being shown, and not too often', async () => {
    const id = await create('TESTED', 'value-one');
    const fields = 'isEqual fingerprint version';
    const same = await change('testSecret', { id, value: 'value-one' }, fields);
    expect(same).toMatchObject({ isEqual: true, version: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const other = await change('testSecret', { id, value: 'value-two' }, fields);
    expect(other).toMatchObject({ isEqual: false, fingerprint: same['fingerprint'] });
    expect(await change('testSecret', { id }, fields)).toMatchObject({
      isEqual: null,
      fingerprint: same['fingerprint'],
    });
    await change('rotateSecret', { id, value: 'value-two' });
    const rotated = await change('testSecret', { id }, fields);
    expect(rotated['fingerprint']).not.toBe(same['fingerprint']);
    await change('rollbackSecret', { id, toVersion: 1 });
    const back = await change('testSecret', { id }, fields);
    expect(back).toMatchObject({ version: 3, fingerprint: same['fingerprint'] });
    const twin = await create('TWIN', 'value-one');
    expect((await change('testSecret', { id: twin }, fields))['fingerprint']).not.toBe(same['fingerprint']);
    for (let count = 5; count < 10; count += 1) await change('testSecret', { id, value: `guess-${count}` }, fields);
    const query = 'mutation ($input: TestSecretInput!) { testSecret(input: $input) { __typename } }';
    const refused = await send(api, { token, query, variables: { input: { id, value: 'value-one' } } });
    expect(refused.errors?.[0]?.extensions?.['code']).toBe('IA_API_RATE_LIMIT');
    const { rows } = await admin.query(`select details from audit_log where action = 'secret.test' order by seq`);
    expect(rows).toHaveLength(11);
    expect(rows[0].details).toMatchObject({ isEqual: true, version: 1 });
  });

  it('leaves its history in the audit log, without its values', async () => {
    const id = await create('AUDITED', 'canary-audit-1');
    await change('rotateSecret', { id, value: 'canary-audit-2' });
    await change('testSecret', { id, value: 'canary-audit-3' }, 'isEqual');
    await change('deleteSecret', { id }, 'deletedId');
    const { rows } = await admin.query(
      `select action, details from audit_log where target = 'secret:' || $1 order by seq`,
      [Buffer.from(id, 'base64url').toString().split(':')[2]],
    );
    expect(rows.map((row) => row.action)).toEqual(['secret.create', 'secret.rotate', 'secret.test', 'secret.delete']);
    expect(rows[1].details).toEqual({ before: { currentVersion: 1 }, after: { currentVersion: 2 } });
    expect(JSON.stringify(rows)).not.toContain('canary');
  });
});

const SAVE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  kind: __typename ... on CreatePipelineSuccess { pipeline { id } } ... on Error { message }
  ... on ValidationFailed { diagnostics { code path severity hint } } } }`;

const pipelineWith = (name: string, secret: string) => ({
  name,
  steps: [
    {
      id: 'call',
      uses: 'http.request',
      with: { url: 'https://example.com/', headers: { authorization: `Bearer {{ secrets.${secret} }}` } },
      timeout: '10s',
    },
  ],
});

describe('a pipeline', () => {
  it('reads secrets that there are; then these can not be deleted without force', async () => {
    const id = await create('NEEDED', 'value-one');
    const input = { tenantId, definition: pipelineWith('reader', 'NEEDED') };
    const saved = (await ask(api, token, SAVE, { input }))['createPipeline'];
    expect(saved.kind).toBe('CreatePipelineSuccess');
    const users = 'query ($id: ID!) { node(id: $id) { ... on Secret { usedBy { nodes { id name } } } } }';
    expect((await ask(api, token, users, { id }))['node'].usedBy.nodes).toEqual([
      { id: saved.pipeline.id, name: 'reader' },
    ]);
    const refused = await change('deleteSecret', { id }, 'deletedId');
    expect(refused).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('reader') });
    expect(await change('deleteSecret', { id, force: true }, 'deletedId')).toMatchObject({ deletedId: id });
  });

  it('that names one that is not there is refused, and hears which it may mean', async () => {
    await create('SPELLED', 'value-one');
    const input = { tenantId, definition: pipelineWith('typo', 'SPELED') };
    expect((await ask(api, token, SAVE, { input }))['createPipeline']).toMatchObject({
      kind: 'ValidationFailed',
      diagnostics: [
        {
          code: 'IA_PIPELINE_SECRET',
          path: '$.steps[0].with.headers.authorization',
          hint: expect.stringContaining('SPELLED'),
        },
      ],
    });
    const validate = `query ($tenantId: ID!, $definition: JSON!) { validatePipeline(tenantId: $tenantId, definition: $definition) { diagnostics { code } } }`;
    const { validatePipeline } = await ask(api, token, validate, { tenantId, definition: input.definition });
    expect(validatePipeline.diagnostics).toEqual([{ code: 'IA_PIPELINE_SECRET' }]);
  });
});

describe('installing a plugin', () => {
  it('warns of secrets that are granted and not set', async () => {
    await create('SET_KEY', 'value-one');
    await publishPlugin(database, {
      tenantId: rowId,
      name: '@acme/needy',
      visibility: 'public',
      version: '1.0.0',
      permissions: { secrets: ['SET_KEY', 'UNSET_KEY'] },
    });
    const grant = { secrets: ['SET_KEY', 'UNSET_KEY'] };
    const installed = await change(
      'installPlugin',
      { tenantId, name: '@acme/needy', grant },
      'diagnostics { code severity message }',
    );
    expect(installed['diagnostics']).toEqual([
      { code: 'IA_SECRET_UNKNOWN', severity: 'warning', message: 'There is no secret UNSET_KEY yet.' },
    ]);
  });
});

describe('who may', () => {
  it('see and change secrets is said by roles and scopes; strangers hear that there is nothing', async () => {
    const id = await create('GUARDED', 'value-one');
    const viewer = await seedTenant(database, { slug: 'other', name: 'Other' });
    const stranger = await viewer.apiToken(TOKEN_SCOPES);
    const attempts = [
      ['rotateSecret', { id, value: 'value-two' }, SECRET],
      ['rollbackSecret', { id, toVersion: 1 }, SECRET],
      ['updateSecretDescription', { id, description: '' }, SECRET],
      ['testSecret', { id, value: 'value-one' }, 'isEqual'],
      ['deleteSecret', { id }, 'deletedId'],
    ] as const;
    for (const [name, input, fields] of attempts) {
      expect(await change(name, input, fields, stranger)).toMatchObject({ kind: 'NotFound' });
    }
    expect((await ask(api, stranger, 'query ($id: ID!) { node(id: $id) { id } }', { id }))['node']).toBeNull();
    const reader = await (await seedTenant(database, { slug: 'third', name: 'Third', role: 'developer' })).apiToken(
      TOKEN_SCOPES,
    );
    const third = (await ask(api, reader, '{ tenant(slug: "third") { id secrets { nodes { id } } } }'))['tenant'];
    expect(third.secrets.nodes).toEqual([]);
    const refused = await change(
      'createSecret',
      { tenantId: third.id, name: 'MINE', value: 'value-one' },
      SECRET,
      reader,
    );
    expect(refused).toMatchObject({ kind: 'Forbidden' });
    expect(await storedValue('GUARDED')).toBe('value-one');
  });
});

const rotate = async (current: Uint8Array, others: readonly Uint8Array[]) => {
  const env = {
    PATH: process.env['PATH'],
    IA_API_DATABASE_URL: database.urls.app,
    IA_SECRET_KEY: Buffer.from(current).toString('base64'),
    IA_SECRET_KEYS_OLD: others.map((other) => Buffer.from(other).toString('base64')).join(','),
  };
  const options = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning', ROTATE];
  return promisify(execFile)(process.execPath, options, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, report: JSON.parse(stdout), stderr }),
    ({ code, stdout, stderr }) => ({ code, report: JSON.parse(stdout), stderr }),
  );
};

describe('rotating the key of the platform', () => {
  const next = randomBytes(32);

  it('seals everything anew, webhooks too, while others go on; a second call has nothing to do', async () => {
    await create('RESEALED', 'value-resealed');
    const input = { tenantId, definition: { name: 'hooked', steps: [{ id: 'a', uses: 'core.noop' }] } };
    const pipelineId = (await ask(api, token, SAVE, { input }))['createPipeline'].pipeline.id;
    await change('createWebhook', { pipelineId, name: 'shop' }, 'secret');
    // As it was before keys were noted.
    await admin.query(`update webhooks set key_id = ''`);
    const busy = await create('BUSY_MEANWHILE', 'value-0000');
    const [first] = await Promise.all([
      rotate(next, [key]),
      ...Array.from({ length: 10 }, (_, index) => change('rotateSecret', { id: busy, value: `value-${index}-y` })),
    ]);
    expect(first).toMatchObject({ code: 0, report: { keyId: secretKeyId(next), webhooks: 1, unopened: 0 } });
    const second = await rotate(next, [key]);
    // What the API sealed after it was passed by, with the key that it still has.
    expect(second).toMatchObject({ code: 0, report: { webhooks: 0, unopened: 0 } });
    expect(await rotate(next, [key])).toMatchObject({
      code: 0,
      report: { secretVersions: 0, webhooks: 0, unopened: 0 },
    });
    const { rows } = await admin.query(
      'select key_id as id from secret_versions union select key_id from webhooks order by 1',
    );
    expect(rows).toEqual([{ id: secretKeyId(next) }]);
  });

  it('leaves alone what no key opens, says so, and the right key opens it later', async () => {
    const pool = createPool({ url: database.adminUrl, maxConnections: 1 });
    try {
      const before = (await pool.query('select secret_id, version, sealed from secret_versions order by 1, 2')).rows;
      const lost = await rotate(randomBytes(32), []);
      expect(lost).toMatchObject({ code: 1, report: { secretVersions: 0, webhooks: 0, unopened: before.length + 1 } });
      expect(lost.stderr).toContain(`IA_SECRET_KEY: secretVersions`);
      expect(lost.stderr).toContain(secretKeyId(next));
      expect((await pool.query('select secret_id, version, sealed from secret_versions order by 1, 2')).rows).toEqual(
        before,
      );
    } finally {
      await pool.end();
    }
    const back = await rotate(key, [next]);
    expect(back).toMatchObject({ code: 0, report: { unopened: 0 } });
    expect(await storedValue('RESEALED')).toBe('value-resealed');
  });
});
