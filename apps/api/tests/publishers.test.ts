import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';

let fixture: CommunityFixture;
let maker: Party;
let other: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  other = await fixture.party('other');
  await fixture.publish(maker, '@maker/tool', ['1.0.0']);
  await fixture.publish(maker, '@maker/secret', ['1.0.0'], 'private');
});

afterAll(async () => {
  await fixture?.close();
});

const LOOK = `query ($scope: String!) { publisher(scope: $scope) {
  displayName website isVerified verifiedAt plugins { nodes { name isVerified publisher { scope } } } } }`;
const look = async (scope: string, as?: Party) => (await fixture.ask(as, LOOK, { scope }))['publisher'];
const set = (as: Party, more: object) =>
  fixture.change(as, 'setPublisherProfile', { tenantId: as.tenantId, displayName: 'Maker Tools', ...more });
const verify = (scope: string, as: Party | string = fixture.operator, displayName = 'Maker Tools') =>
  fixture.change(as, 'verifyPublisher', { scope, displayName, note: 'Called them.' });

describe('a publisher', () => {
  it('shows itself with its public plugins, and nothing private', async () => {
    expect(await look('maker')).toBeNull();
    expect((await set(maker, { website: 'https://maker.example/x' })).kind).toBe('SetPublisherProfileSuccess');
    const shown = {
      displayName: 'Maker Tools',
      website: 'https://maker.example/x',
      isVerified: false,
      verifiedAt: null,
      plugins: { nodes: [{ name: '@maker/tool', isVerified: false, publisher: { scope: 'maker' } }] },
    };
    expect(await look('maker')).toEqual(shown);
    expect(await look('maker', maker)).toEqual(shown);
  });

  it('is nobody without a public plugin', async () => {
    await set(other, { displayName: 'Other Works' });
    expect(await look('other')).toBeNull();
    expect((await fixture.ask(other, '{ tenant(slug: "other") { publisher { displayName } } }'))['tenant']).toEqual({
      publisher: { displayName: 'Other Works' },
    });
  });

  it.each([
    { displayName: '' },
    { displayName: '-_-' },
    { displayName: 'a\u202Eb' },
    { displayName: 'a\u200Bb' },
    { displayName: 'x'.repeat(61) },
    { website: 'http://maker.example' },
    { website: 'javascript:alert(1)' },
    { website: 'https://user:secret@maker.example' },
    { description: 'x'.repeat(501) },
  ])('is not called %j', async (wrong) => {
    expect((await set(maker, wrong)).kind).toBe('ValidationFailed');
  });

  it('does not pass itself off as the platform', async () => {
    expect((await set(maker, { displayName: 'lA M0dules' })).kind).toBe('Conflict');
  });
});

describe('a verification', () => {
  it('is for the operator alone', async () => {
    expect((await verify('maker', maker)).kind).toBe('Forbidden');
    expect((await verify('nobody')).kind).toBe('NotFound');
    expect((await verify('maker')).kind).toBe('VerifyPublisherSuccess');
    const shown = await look('maker');
    expect(shown).toMatchObject({ isVerified: true, plugins: { nodes: [{ isVerified: true }] } });
    expect(Date.parse(shown.verifiedAt)).toBeGreaterThan(0);
    expect((await fixture.actionsOf(maker)).at(-1)).toBe('publisher.verify');
  });

  it('keeps others from names that look alike', async () => {
    for (const displayName of [
      'Maker Tools',
      'maker-tooIs',
      'Mаker Tооls',
      'MAKER T00LS',
      'Maker\u3164Tools',
      'Μaker Tools',
    ]) {
      expect(await set(other, { displayName })).toMatchObject({ kind: 'Conflict' });
    }
    expect((await set(other, { displayName: 'Makers of Tools' })).kind).toBe('SetPublisherProfileSuccess');
  });

  it('ends with the name that was verified, and with nothing else', async () => {
    await set(maker, { description: 'We make tools.' });
    expect((await look('maker')).isVerified).toBe(true);
    await set(maker, { displayName: 'Maker Tools Ltd' });
    expect(await look('maker')).toMatchObject({ isVerified: false, plugins: { nodes: [{ isVerified: false }] } });
  });

  it('is of the name that was checked, and is taken back with a reason', async () => {
    expect((await verify('maker')).kind).toBe('Conflict');
    expect((await look('maker')).isVerified).toBe(false);
    await verify('maker', fixture.operator, 'Maker Tools Ltd');
    const revoke = () =>
      fixture.change(fixture.operator, 'revokePublisherVerification', { scope: 'maker', reason: 'Sold.' });
    expect((await revoke())['kind']).toBe('RevokePublisherVerificationSuccess');
    expect((await look('maker')).isVerified).toBe(false);
    expect((await revoke())['kind']).toBe('Conflict');
  });

  it('of two with one name is given to the first', async () => {
    await set(other, { displayName: 'Maker Tools Ltd' });
    expect((await verify('maker', fixture.operator, 'Maker Tools Ltd')).kind).toBe('VerifyPublisherSuccess');
    expect((await verify('other', fixture.operator, 'Maker Tools Ltd')).kind).toBe('Conflict');
  });
});
