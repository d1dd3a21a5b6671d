import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';

const NAME = '@maker/tool';

let fixture: CommunityFixture;
let maker: Party;
let acme: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  acme = await fixture.party('acme');
  await fixture.publish(maker, NAME, ['1.0.0', '2.0.0']);
});

afterAll(async () => {
  await fixture?.close();
});

const REVIEW = 'review { id stars title body version publisher { scope } answer hiddenReason }';
const write = (as: Party, more: object = {}) =>
  fixture.change(
    as,
    'writePluginReview',
    { tenantId: as.tenantId, name: NAME, stars: 4, title: 'Good', ...more },
    REVIEW,
  );

const LOOK = `query ($name: String!, $stars: [Int!], $orderBy: PluginReviewOrder) { plugin(name: $name) {
  rating { average count histogram { stars count } }
  reviews(stars: $stars, orderBy: $orderBy) { nodes { id stars title publisher { scope displayName } answer } } } }`;
const look = async (more: object = {}, as?: Party) => (await fixture.ask(as, LOOK, { name: NAME, ...more }))['plugin'];

/** What the triggers keep, and what it should be. */
const totals = async (name = NAME) => {
  const { rows } = await fixture.admin.query(
    `select p.rating_count as count, p.rating_sum as sum,
       (select count(*)::int from plugin_reviews r where r.plugin_name = p.name and hidden_at is null) as "countNow",
       (select coalesce(sum(stars), 0)::int from plugin_reviews r where r.plugin_name = p.name and hidden_at is null) as "sumNow"
     from plugins p where p.name = $1`,
    [name],
  );
  return rows[0];
};

describe('a review', () => {
  it('is refused to a tenant that has not run the plugin, to its owner, and to everybody for what is not there', async () => {
    expect(await write(acme)).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('No run') });
    await fixture.use(maker, NAME);
    expect(await write(maker)).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('its own') });
    expect((await write(acme, { name: '@maker/nothing' })).kind).toBe('NotFound');
    expect(await totals()).toMatchObject({ count: 0, sum: 0 });
  });

  it('is refused to whoever belongs to the owner, from another tenant too', async () => {
    const second = await fixture.party('second');
    await fixture.use(second, NAME, '1.0.0');
    const join = `insert into auth."member" ("organizationId", "userId", "role")
      select $1, id, 'viewer' from auth."user" where email = $2`;
    await fixture.admin.query(join, [maker.rowId, second.email]);
    expect(await write(second)).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('You belong') });
    expect(await totals()).toMatchObject({ count: 0, sum: 0 });
  });

  it('is written about a version that was used, and written anew in its place', async () => {
    await fixture.use(acme, NAME, '1.0.0');
    const first = await write(acme);
    expect(first).toMatchObject({
      kind: 'WritePluginReviewSuccess',
      review: { stars: 4, version: '1.0.0', publisher: null, answer: null },
    });
    expect(await write(acme, { version: '2.0.0' })).toMatchObject({ kind: 'Conflict' });
    const again = await write(acme, { stars: 2, title: 'Meh', body: 'Slow.\nVery.' });
    expect(again['review']).toMatchObject({ id: first['review'].id, stars: 2, title: 'Meh', body: 'Slow.\nVery.' });
    expect(await totals()).toEqual({ count: 1, sum: 2, countNow: 1, sumNow: 2 });
    expect(await fixture.actionsOf(acme)).toEqual(['plugin.review', 'plugin.review']);
  });

  it.each([
    { stars: 0 },
    { stars: 6 },
    { title: '' },
    { title: 'x'.repeat(121) },
    { title: 'two\nlines' },
    { title: 'a\u202Eb' },
    { body: 'bell\u0007' },
    { body: 'x'.repeat(4_001) },
  ])('is plain text with one to five stars, not %j', async (wrong) => {
    expect((await write(acme, wrong)).kind).toBe('ValidationFailed');
  });

  it('shows to everybody, and who wrote it only when it is signed', async () => {
    const [shown] = (await look()).reviews.nodes;
    expect(shown).toMatchObject({ title: 'Meh', publisher: null });
    expect(JSON.stringify(await look())).not.toContain(acme.slug);
    const profile = { tenantId: acme.tenantId, displayName: 'Acme Works' };
    await fixture.change(acme, 'setPublisherProfile', profile);
    await write(acme, { stars: 2, isSigned: true });
    // A profile is public with the first public plugin.
    expect((await look()).reviews.nodes[0].publisher).toBeNull();
    await fixture.publish(acme, '@acme/own', ['1.0.0']);
    expect((await look()).reviews.nodes[0].publisher).toEqual({ scope: 'acme', displayName: 'Acme Works' });
  });

  it('is answered by the owner of the plugin alone', async () => {
    const { id } = (await look()).reviews.nodes[0];
    const answer = (as: Party, text: string | null) =>
      fixture.change(as, 'answerPluginReview', { tenantId: as.tenantId, reviewId: id, answer: text }, REVIEW);
    expect((await answer(acme, 'Mine')).kind).toBe('NotFound');
    expect((await answer(maker, 'Sorry.'))['review']).toMatchObject({ answer: 'Sorry.' });
    expect((await answer(maker, 'Fixed.'))['review']).toMatchObject({ answer: 'Fixed.' });
    expect((await look()).reviews.nodes[0].answer).toBe('Fixed.');
    expect((await answer(maker, null))['review']).toMatchObject({ answer: null });
  });

  it('is hidden and shown again by the operator, and does not count meanwhile', async () => {
    const { id } = (await look()).reviews.nodes[0];
    const hide = (as: Party | string) =>
      fixture.change(as, 'hidePluginReview', { reviewId: id, reason: 'Rude.' }, REVIEW);
    expect((await hide(maker)).kind).toBe('Forbidden');
    expect((await hide(fixture.operator))['review']).toMatchObject({ hiddenReason: 'Rude.' });
    expect((await hide(fixture.operator)).kind).toBe('Conflict');
    expect(await totals()).toEqual({ count: 0, sum: 0, countNow: 0, sumNow: 0 });
    expect((await look({}, maker)).reviews.nodes).toEqual([]);
    const own = '{ tenant(slug: "acme") { pluginReview(name: "@maker/tool") { hiddenReason } } }';
    expect((await fixture.ask(acme, own))['tenant'].pluginReview).toEqual({ hiddenReason: 'Rude.' });
    expect(await write(acme)).toMatchObject({ kind: 'Conflict', message: expect.stringContaining('Rude.') });
    const gone = await fixture.change(acme, 'deletePluginReview', { tenantId: acme.tenantId, name: NAME });
    expect(gone['kind']).toBe('Conflict');
    expect(
      (await fixture.change(fixture.operator, 'unhidePluginReview', { reviewId: id }, REVIEW))['review'],
    ).toMatchObject({ hiddenReason: null });
    expect(await totals()).toMatchObject({ count: 1, sum: 2 });
  });

  it('is deleted by the tenant', async () => {
    const gone = await fixture.change(acme, 'deletePluginReview', { tenantId: acme.tenantId, name: NAME });
    expect(gone['kind']).toBe('DeletePluginReviewSuccess');
    expect(await totals()).toEqual({ count: 0, sum: 0, countNow: 0, sumNow: 0 });
  });
});

describe('many reviews', () => {
  const critics: Party[] = [];

  beforeAll(async () => {
    for (let index = 0; index < 6; index += 1) critics.push(await fixture.party(`critic-${index}`));
    for (const critic of critics) await fixture.use(critic, NAME);
  });

  it('add up exactly, however many write, change and delete at once', async () => {
    const turns = critics.flatMap((critic, index) => [
      () => write(critic, { stars: (index % 5) + 1 }),
      () => write(critic, { stars: 5 - (index % 5) }),
      () => fixture.change(critic, 'deletePluginReview', { tenantId: critic.tenantId, name: NAME }),
      () => write(critic, { stars: (index % 5) + 1 }),
    ]);
    await Promise.all(turns.map((turn) => turn()));
    const { count, sum, countNow, sumNow } = await totals();
    expect({ count, sum }).toEqual({ count: countNow, sum: sumNow });
    for (const [index, critic] of critics.entries())
      await write(critic, { stars: (index % 5) + 1, title: critic.slug });
    expect(await totals()).toEqual({ count: 6, sum: 16, countNow: 6, sumNow: 16 });
  });

  it('are listed in an order, in pages, and counted by stars', async () => {
    const starsOf = async (more: object) =>
      (await look(more)).reviews.nodes.map(({ stars }: { stars: number }) => stars);
    expect(await starsOf({ orderBy: 'HIGHEST' })).toEqual([5, 4, 3, 2, 1, 1]);
    expect(await starsOf({ orderBy: 'LOWEST' })).toEqual([1, 1, 2, 3, 4, 5]);
    expect(await starsOf({ stars: [1] })).toEqual([1, 1]);
    const { rating } = await look();
    expect(rating).toMatchObject({ count: 6, average: 16 / 6 });
    expect(rating.histogram).toEqual([5, 4, 3, 2, 1].map((stars) => ({ stars, count: stars === 1 ? 2 : 1 })));
    const page = `query ($after: String) { plugin(name: "${NAME}") { reviews(first: 4, after: $after, orderBy: HIGHEST) {
      nodes { stars } pageInfo { hasNextPage endCursor } } } }`;
    const first = (await fixture.ask(undefined, page))['plugin'].reviews;
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = (await fixture.ask(undefined, page, { after: first.pageInfo.endCursor }))['plugin'].reviews;
    expect([...first.nodes, ...rest.nodes].map(({ stars }) => stars)).toEqual([5, 4, 3, 2, 1, 1]);
  });

  it('go with the tenant that wrote them', async () => {
    const [critic] = critics;
    const { admin } = fixture;
    await admin.query('begin');
    await admin.query(`select set_config('app.tenant_id', $1, true)`, [critic?.rowId]);
    await admin.query(
      `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() - interval '1 second' where id = $1`,
      [critic?.rowId],
    );
    await admin.query(`select begin_erasure($1, 'k')`, [critic?.rowId]);
    const erase = async () =>
      (await admin.query('select erase_tenant_rows($1, 1000) as rows', [critic?.rowId])).rows[0];
    while ((await erase()).rows !== '0');
    await admin.query('commit');
    expect(await totals()).toEqual({ count: 5, sum: 15, countNow: 5, sumNow: 15 });
  });
});
