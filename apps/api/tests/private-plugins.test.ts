import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';
import { send } from './graphql-client.ts';

const SECRET = '@maker/hidden-gem';
const NOTHING = '@maker/absent-gem';

let fixture: CommunityFixture;
let maker: Party;
let acme: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  acme = await fixture.party('acme');
  await fixture.publish(maker, '@maker/open', ['1.0.0']);
  await fixture.publish(maker, SECRET, ['1.0.0', '2.0.0'], 'private');
  const input = { tenantId: maker.tenantId, name: SECRET, version: '1.0.0', grant: {} };
  await fixture.change(maker, 'installPlugin', input);
  await fixture.use(maker, SECRET);
  const profile = { tenantId: maker.tenantId, displayName: 'Maker' };
  await fixture.change(maker, 'setPublisherProfile', profile);
  await fixture.admin.query(
    `insert into advisories (id, tenant_id, plugin_name, affected_range, severity, title, description, published_by)
     values (gen_random_uuid(), $1, $2, '<2.0.0', 'high', 'hidden-gem leaks', 'd', 'u')`,
    [maker.rowId, SECRET],
  );
});

afterAll(async () => {
  await fixture?.close();
});

const result = 'kind: __typename ... on Error { code message hint }';

/** What names a plugin, in every way that strangers have. */
const OPERATIONS: Readonly<Record<string, (name: string) => string>> = {
  plugin: (name) =>
    `{ plugin(name: "${name}") { id isVerified rating { count } reviews { nodes { title } } takenDownReason publisher { scope } } }`,
  node: (name) => `{ node(id: "${Buffer.from(`Plugin:${name}`).toString('base64url')}") { id } }`,
  plugins: (name) => `{ plugins(search: "${name}", first: 50) { nodes { name } } }`,
  writePluginReview: (name) =>
    `mutation { writePluginReview(input: {tenantId: "<tenant>", name: "${name}", stars: 1, title: "x"}) { ${result} } }`,
  reportPlugin: (name) =>
    `mutation { reportPlugin(input: {tenantId: "<tenant>", name: "${name}", version: "1.0.0", reason: BROKEN}) { ${result} } }`,
  installPlugin: (name) =>
    `mutation { installPlugin(input: {tenantId: "<tenant>", name: "${name}", version: "1.0.0", grant: {}}) { ${result} } }`,
  deprecatePlugin: (name) =>
    `mutation { deprecatePlugin(input: {tenantId: "<tenant>", name: "${name}", versionRange: "*", message: "x"}) { ${result} } }`,
  'deprecatePlugin, as a replacement': (name) =>
    `mutation { deprecatePlugin(input: {tenantId: "<tenant>", name: "@acme/own", versionRange: "*", message: "x", replacement: "${name}"}) { ${result} } }`,
  takeDownPlugin: (name) => `mutation { takeDownPlugin(input: {name: "${name}", reason: "x"}) { ${result} } }`,
  createPipeline: (name) =>
    `mutation { createPipeline(input: {tenantId: "<tenant>", dryRun: true, definition: {name: "p", plugins: {x: "${name}"},
      steps: [{id: "a", uses: "x.analyze", with: {text: "x"}}]}}) { ${result} ... on ValidationFailed { diagnostics { code message hint } } } }`,
  createPluginRule: (name) =>
    `mutation { createPluginRule(input: {tenantId: "<tenant>", pattern: "${name}", effect: DENY, dryRun: true}) { ${result}
      ... on CreatePluginRuleSuccess { shutOut { plugins pipelineCount } } } }`,
};

const VOLATILE = /"(?:traceId|requestId)":"[^"]*"|"cost":\{[^}]*\}/g;

const answerTo = async (operation: (name: string) => string, name: string, party: Party | undefined) => {
  const query = operation(name).replaceAll('<tenant>', party?.tenantId ?? acme.tenantId);
  const answer = await send(fixture.api, { token: party?.token, query });
  return JSON.stringify(answer).replaceAll(VOLATILE, '""').replaceAll(name, '<name>');
};

describe('a private plugin', () => {
  beforeAll(() => fixture.publish(acme, '@acme/own', ['1.0.0']));

  it.each(Object.keys(OPERATIONS))('is to strangers as one that is not there: %s', async (name) => {
    const operation = OPERATIONS[name];
    if (operation === undefined) throw new Error(name);
    for (const party of [acme, undefined]) {
      expect(await answerTo(operation, SECRET, party)).toBe(await answerTo(operation, NOTHING, party));
    }
  });

  it('shows to its own tenant', async () => {
    const list = `{ plugins(tenantId: "${maker.tenantId}", search: "hidden-gem") { nodes { name } } }`;
    expect((await fixture.ask(maker, list))['plugins'].nodes).toEqual([{ name: SECRET }]);
  });

  it('stands in no list, and counts nowhere, for others', async () => {
    const lists = `{ plugins(first: 50) { nodes { name } } publisher(scope: "maker") { plugins { nodes { name } } } }`;
    const answer = await fixture.ask(acme, lists);
    expect(answer['publisher'].plugins.nodes).toEqual([{ name: '@maker/open' }]);
    expect(JSON.stringify(answer)).not.toContain('gem');
  });

  it('leaves no row that another tenant may read', async () => {
    const tables = await fixture.admin.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'plugin_name'
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and has_table_privilege('ia_app', c.oid, 'select')`,
    );
    expect(tables.rows.length).toBeGreaterThan(5);
    const { admin } = fixture;
    for (const { name } of tables.rows) {
      await admin.query('begin');
      await admin.query('set local role ia_app');
      await admin.query(`select set_config('app.tenant_id', $1, true)`, [acme.rowId]);
      const found = await admin.query(`select 1 from ${name} where plugin_name = $1`, [SECRET]);
      await admin.query('rollback');
      expect({ name, rows: found.rowCount }).toEqual({ name, rows: 0 });
    }
  });
});
