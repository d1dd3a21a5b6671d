import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';
import { send } from './graphql-client.ts';

const NAME = '@maker/tool';
const SECRET = '@maker/secret';

let fixture: CommunityFixture;
let maker: Party;
let acme: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  acme = await fixture.party('acme');
  await fixture.publish(maker, NAME, ['1.0.0', '2.0.0']);
  await fixture.publish(maker, SECRET, ['1.0.0'], 'private');
});

afterAll(async () => {
  await fixture?.close();
});

const report = (as: Party, more: object = {}) =>
  fixture.change(
    as,
    'reportPlugin',
    { tenantId: as.tenantId, name: NAME, reason: 'MALICIOUS', description: 'Mines.', ...more },
    'report { id status version reason }',
  );

const QUEUE = `query ($status: [PluginReportStatus!], $reason: [PluginReportReason!], $isAssigned: Boolean, $direction: OrderDirection) {
  moderationReports(status: $status, reason: $reason, isAssigned: $isAssigned, direction: $direction) {
    totalCount { count } nodes { reporterSlug assignedTo report { id pluginName version reason status } review { title } } } }`;
const queue = async (filter: object = {}) => (await fixture.ask(fixture.operator, QUEUE, filter))['moderationReports'];

const takeDown = (more: object = {}, as: Party | string = fixture.operator) =>
  fixture.change(
    as,
    'takeDownPlugin',
    { name: NAME, reason: 'It mines coins.', ...more },
    'takeDown { id version reason liftedAt }',
  );
const lift = (takeDownId: string) =>
  fixture.change(fixture.operator, 'liftTakeDown', { takeDownId }, 'takeDown { liftedAt }');

const blocksOf = async (version: string) =>
  (await fixture.admin.query('select code, reason from plugin_blocks_of($1, $2)', [NAME, version])).rows;

describe('a report', () => {
  it('is taken once for each thing while it is open', async () => {
    expect(await report(acme)).toMatchObject({
      kind: 'ReportPluginSuccess',
      report: { status: 'OPEN', version: null, reason: 'MALICIOUS' },
    });
    expect((await report(acme)).kind).toBe('Conflict');
    expect((await report(acme, { version: '1.0.0', reason: 'BROKEN' })).kind).toBe('ReportPluginSuccess');
    expect((await report(acme, { version: '9.9.9' })).kind).toBe('NotFound');
    expect((await report(acme, { reason: 'OTHER', description: '' })).kind).toBe('ValidationFailed');
    expect((await report(maker)).kind).toBe('Conflict');
    expect((await report(acme, { name: SECRET })).kind).toBe('NotFound');
  });

  it('is about a review, when it is one of that plugin', async () => {
    await fixture.use(acme, NAME);
    const input = { tenantId: acme.tenantId, name: NAME, stars: 1, title: 'Bad people' };
    const { review } = await fixture.change(acme, 'writePluginReview', input, 'review { id }');
    const about = { name: NAME, reviewId: review.id, reason: 'OFFENSIVE' };
    expect((await report(maker, { ...about, name: '@maker/other' })).kind).toBe('NotFound');
    expect((await report(maker, about)).kind).toBe('ReportPluginSuccess');
    const { nodes } = await queue({ reason: ['OFFENSIVE'] });
    expect(nodes).toMatchObject([{ reporterSlug: 'maker', review: { title: 'Bad people' } }]);
  });

  it('is seen by the operator, and by nobody else but who sent it', async () => {
    const all = await queue();
    expect(all.totalCount.count).toBe(3);
    const list = '{ tenant(slug: "acme") { pluginReports { nodes { pluginName status } } } }';
    expect((await fixture.ask(acme, list))['tenant'].pluginReports.nodes).toHaveLength(2);
    const own = '{ tenant(slug: "maker") { pluginReports { nodes { reason } } } }';
    expect((await fixture.ask(maker, own))['tenant'].pluginReports.nodes).toEqual([{ reason: 'OFFENSIVE' }]);
    for (const token of [maker.token, acme.token]) {
      const { errors } = await send(fixture.api, { token, query: '{ moderationReports { nodes { __typename } } }' });
      expect(errors?.[0]?.extensions?.['code']).toBe('IA_API_FORBIDDEN');
    }
  });

  it('is taken on and decided by the operator, and the reporter reads why', async () => {
    const [first] = (await queue({ direction: 'ASC' })).nodes;
    const reportId = first.report.id;
    const assigned = await fixture.change(fixture.operator, 'assignReport', { reportId }, 'report { assignedTo }');
    expect(assigned['report'].assignedTo).toEqual(expect.any(String));
    expect((await queue({ isAssigned: false })).nodes).toHaveLength(2);
    const decide = (as: Party | string) =>
      fixture.change(
        as,
        'resolveReport',
        { reportId, resolution: 'UPHELD', note: 'Thank you.' },
        'report { resolvedBy }',
      );
    expect((await decide(acme))['kind']).toBe('Forbidden');
    expect((await decide(fixture.operator))['kind']).toBe('ResolveReportSuccess');
    expect((await decide(fixture.operator))['kind']).toBe('Conflict');
    expect((await queue({ status: ['OPEN'] })).totalCount.count).toBe(2);
    const list = '{ tenant(slug: "acme") { pluginReports { nodes { status resolutionNote } } } }';
    const { nodes } = (await fixture.ask(acme, list))['tenant'].pluginReports;
    expect(nodes).toContainEqual({ status: 'UPHELD', resolutionNote: 'Thank you.' });
    // What is decided may be reported anew.
    expect((await report(acme)).kind).toBe('ReportPluginSuccess');
  });

  it('is one of at most twenty within a day', async () => {
    const busy = await fixture.party('busy');
    const versions = Array.from({ length: 20 }, (_, index) => `3.0.${index}`);
    await fixture.publish(maker, '@maker/many', versions);
    for (const version of versions) await report(busy, { name: '@maker/many', version });
    expect(await report(busy)).toMatchObject({ kind: 'QuotaExceeded', code: 'IA_API_QUOTA' });
  });
});

describe('a take-down', () => {
  let id: string;

  it('is for the operator alone, and tells owners by mail', async () => {
    expect((await takeDown({}, maker)).kind).toBe('Forbidden');
    expect((await takeDown({ name: '@maker/nothing' })).kind).toBe('NotFound');
    expect((await takeDown({ version: '9.9.9' })).kind).toBe('NotFound');
    const done = await takeDown();
    expect(done).toMatchObject({ kind: 'TakeDownPluginSuccess', takeDown: { version: null, liftedAt: null } });
    id = done['takeDown'].id;
    expect((await takeDown()).kind).toBe('Conflict');
    expect((await fixture.actionsOf(maker)).at(-1)).toBe('plugin.take_down');
    const mails = async () =>
      (await fixture.admin.query(`select status from mail_queue where kind = 'pluginTakenDown'`)).rows;
    await vi.waitFor(async () => expect(await mails()).toHaveLength(1), { timeout: 10_000, interval: 50 });
  });

  it('blocks every version, and those to come', async () => {
    const block = { code: 'IA_PLUGIN_TAKEN_DOWN', reason: 'It mines coins.' };
    expect(await blocksOf('1.0.0')).toEqual([block]);
    expect(await blocksOf('7.0.0')).toEqual([block]);
    const query = `{ plugin(name: "${NAME}") { takenDownReason versions { nodes { takenDownReason } } } }`;
    const shown = (await fixture.ask(acme, query))['plugin'];
    expect(shown.takenDownReason).toBe(block.reason);
    expect(shown.versions.nodes.every((one: { takenDownReason: string }) => one.takenDownReason === block.reason)).toBe(
      true,
    );
  });

  it('is hidden from the lists of others, and not from its owner', async () => {
    const list = 'query ($tenantId: ID!) { plugins(tenantId: $tenantId, first: 50) { nodes { name } } }';
    const namesFor = async (party: Party) =>
      (await fixture.ask(party, list, { tenantId: party.tenantId }))['plugins'].nodes.map(
        ({ name }: { name: string }) => name,
      );
    expect(await namesFor(acme)).not.toContain(NAME);
    expect(await namesFor(maker)).toContain(NAME);
  });

  it('keeps the plugin from being installed', async () => {
    const input = { tenantId: acme.tenantId, name: NAME, version: '1.0.0', grant: {} };
    expect(await fixture.change(acme, 'installPlugin', input)).toMatchObject({
      kind: 'Conflict',
      code: 'IA_PLUGIN_TAKEN_DOWN',
      message: expect.stringContaining('It mines coins.'),
    });
  });

  it('is read and appealed by the owner, once', async () => {
    const own = '{ tenant(slug: "maker") { takeDowns(isStanding: true) { nodes { id reason appeal { status } } } } }';
    const [seen] = (await fixture.ask(maker, own))['tenant'].takeDowns.nodes;
    expect(seen).toEqual({ id, reason: 'It mines coins.', appeal: null });
    const appeal = (as: Party) =>
      fixture.change(as, 'appealTakeDown', { tenantId: as.tenantId, takeDownId: id, text: 'It does not.' });
    expect((await appeal(acme))['kind']).toBe('NotFound');
    expect((await appeal(maker))['kind']).toBe('AppealTakeDownSuccess');
    expect((await appeal(maker))['kind']).toBe('Conflict');
  });

  it('stands when the appeal is rejected, and is lifted by the operator', async () => {
    const open = '{ moderationTakeDowns(appealStatus: [OPEN]) { totalCount { count } nodes { id appeal { text } } } }';
    const { moderationTakeDowns } = await fixture.ask(fixture.operator, open);
    expect(moderationTakeDowns).toEqual({
      totalCount: { count: 1 },
      nodes: [{ id, appeal: { text: 'It does not.' } }],
    });
    const decide = (as: Party | string) =>
      fixture.change(as, 'decideAppeal', { takeDownId: id, decision: 'REJECTED', answer: 'It does.' });
    expect((await decide(maker))['kind']).toBe('Forbidden');
    expect((await decide(fixture.operator))['kind']).toBe('DecideAppealSuccess');
    expect((await decide(fixture.operator))['kind']).toBe('Conflict');
    expect(await blocksOf('1.0.0')).toHaveLength(1);
    expect((await lift(id))['kind']).toBe('LiftTakeDownSuccess');
    expect((await lift(id))['kind']).toBe('Conflict');
    expect(await blocksOf('1.0.0')).toEqual([]);
  });

  it('of one version leaves the others, and an appeal that is accepted lifts it', async () => {
    const { takeDown: done } = await takeDown({ version: '1.0.0' });
    expect([await blocksOf('1.0.0'), await blocksOf('2.0.0')].map((blocks) => blocks.length)).toEqual([1, 0]);
    const appeal = { tenantId: maker.tenantId, takeDownId: done.id, text: 'Look again.' };
    await fixture.change(maker, 'appealTakeDown', appeal);
    const decision = { takeDownId: done.id, decision: 'ACCEPTED', answer: 'You are right.' };
    await fixture.change(fixture.operator, 'decideAppeal', decision);
    expect(await blocksOf('1.0.0')).toEqual([]);
    const own = `{ tenant(slug: "maker") { takeDowns { nodes { version liftedAt appeal { status answer } } } } }`;
    const { nodes } = (await fixture.ask(maker, own))['tenant'].takeDowns;
    expect(nodes).toMatchObject([
      { version: '1.0.0', liftedAt: expect.any(String), appeal: { status: 'ACCEPTED', answer: 'You are right.' } },
      { version: null, liftedAt: expect.any(String), appeal: { status: 'REJECTED', answer: 'It does.' } },
    ]);
  });

  it('reaches a plugin whose owner is gone', async () => {
    const orphan = '@community/orphan';
    await fixture.publish(maker, orphan, ['1.0.0']);
    await fixture.admin.query(`update plugins set tenant_id = $1 where name = $2`, [
      '00000000-0000-0000-0000-000000000000',
      orphan,
    ]);
    const { takeDown: done } = await takeDown({ name: orphan });
    expect((await lift(done.id))['kind']).toBe('LiftTakeDownSuccess');
  });
});

describe('the functions of the operator', () => {
  it('are closed to a transaction that was not opened for the operator', async () => {
    const app = new Client({ connectionString: fixture.database.urls.app });
    await app.connect();
    try {
      const someone = crypto.randomUUID();
      for (const call of [
        `take_down_plugin('${someone}', '${NAME}', null, 'x', 'u')`,
        `lift_takedown('${someone}', 'u')`,
        `decide_appeal('${someone}', 'accepted', 'x', 'u')`,
        `hide_review('${someone}', 'x', 'u')`,
        `assign_report('${someone}', 'u')`,
        `resolve_report('${someone}', 'upheld', 'x', 'u')`,
        `set_verification('${someone}', 'x', 'n', 'u')`,
        `moderated_plugin('${NAME}', null)`,
      ]) {
        await expect(app.query(`select ${call}`)).rejects.toMatchObject({ code: '42501' });
      }
      for (const table of ['plugin_reports', 'takedowns', 'tenants']) {
        expect((await app.query(`select 1 from ${table}`)).rowCount).toBe(0);
      }
    } finally {
      await app.end();
    }
  });
});
