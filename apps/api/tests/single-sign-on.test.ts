import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from './dns-server.ts';
import { ask, send } from './graphql-client.ts';
import { CookieBrowser, passProvider, startIdentityProvider, type TestIdentityProvider } from './identity-provider.ts';
import { confirmAddress, createTenant, membersOf, newPerson, type Person } from './people-fixture.ts';

let database: TestDatabase;
let api: TestApi;
let provider: TestIdentityProvider;
let dns: DnsServer;
let admin: Client;
let owner: Person;
let tenantId: string;

const CONFIGURE = `mutation ($input: ConfigureSingleSignOnInput!) { configureSingleSignOn(input: $input) {
  kind: __typename ... on Error { message }
  ... on ConfigureSingleSignOnSuccess { singleSignOn { issuer clientId domain isDomainVerified redirectUri role
    verificationRecord { name value } } } } }`;
const VERIFY = `mutation ($tenantId: ID!) { verifySingleSignOnDomain(input: { tenantId: $tenantId }) {
  kind: __typename ... on Error { message } ... on VerifySingleSignOnDomainSuccess { singleSignOn { isDomainVerified } } } }`;

const configure = async (by: Person, changes: object = {}) => {
  const { issuer, clientId, clientSecret } = provider;
  const input = { tenantId, issuer, clientId, clientSecret, domain: 'acme.example', role: 'developer', ...changes };
  return (await by.ask(CONFIGURE, { input }))['configureSingleSignOn'];
};

const startSignIn = (browser: CookieBrowser, email: string, callbackURL = `${api.portalOrigin}/`): Promise<Response> =>
  browser.open(`${api.url}/auth/sign-in/sso`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: api.portalOrigin },
    body: JSON.stringify({ email, callbackURL, errorCallbackURL: `${api.portalOrigin}/sign-in` }),
  });

/** Goes all the way: to the provider, through its pages, and back. Resolves with where the person ends up. */
const signIn = async (login: string, asked = login) => {
  const browser = new CookieBrowser();
  const started = await startSignIn(browser, asked);
  expect(started.status).toBe(200);
  const { url } = (await started.json()) as { readonly url: string };
  const callback = await passProvider(browser, { issuer: provider.issuer, start: url, login });
  // The public address of the API is the one of a real set-up; here it listens on a free port.
  const back = await browser.open(`${api.url}${callback.pathname}${callback.search}`);
  return { location: back.headers.get('location') ?? '', cookie: browser.cookieOf(api.url), callback };
};

const viewerOf = async (cookie: string) => {
  const response = await fetch(api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie, origin: api.portalOrigin },
    body: JSON.stringify({ query: '{ viewer { user { email } tenants { role tenant { slug } } } }' }),
  });
  return ((await response.json()) as { data: { viewer: unknown } | null }).data?.viewer ?? null;
};

beforeAll(async () => {
  [database, provider, dns] = await Promise.all([createTestDatabase(), startIdentityProvider(), startDnsServer()]);
  api = await startTestApi(database, {
    IA_SSO_PRIVATE_ISSUERS: provider.issuer,
    IA_DNS_SERVERS: dns.address,
  });
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  owner = await newPerson(api, 'owner@example.com');
  tenantId = await createTenant(owner, 'acme');
});

afterAll(async () => {
  await admin?.end();
  await api?.close();
  await Promise.all([provider?.close(), dns?.close()]);
  await database?.drop();
});

describe('before the domain is shown to be theirs', () => {
  it('nobody signs in through the provider, and nobody else gets in the way', async () => {
    const { singleSignOn } = await configure(owner);
    expect(singleSignOn).toMatchObject({ issuer: provider.issuer, domain: 'acme.example', isDomainVerified: false });
    provider.allowRedirect(singleSignOn.redirectUri);
    expect((await startSignIn(new CookieBrowser(), 'ann@acme.example')).status).toBe(404);
    expect((await owner.ask(VERIFY, { tenantId }))['verifySingleSignOnDomain'].kind).toBe('Conflict');
    const { name, value } = singleSignOn.verificationRecord;
    dns.records.set(name, `${value}x`);
    expect((await owner.ask(VERIFY, { tenantId }))['verifySingleSignOnDomain'].kind).toBe('Conflict');
    dns.records.set(name, value);
    expect((await owner.ask(VERIFY, { tenantId }))['verifySingleSignOnDomain']).toEqual({
      kind: 'VerifySingleSignOnDomainSuccess',
      singleSignOn: { isDomainVerified: true },
    });
  });
});

describe('a person of the domain', () => {
  it('signs in through the whole redirect, becomes a member with the role that was set, and is audited', async () => {
    const { location, cookie } = await signIn('ann@acme.example');
    expect(location).toBe(`${api.portalOrigin}/`);
    expect(await viewerOf(cookie)).toEqual({
      user: { email: 'ann@acme.example' },
      tenants: [{ role: 'developer', tenant: { slug: 'acme' } }],
    });
    const { rows } = await admin.query(`select action from audit_log where action = 'member.join'`);
    expect(rows).toHaveLength(1);
    expect(await viewerOf((await signIn('ann@acme.example')).cookie)).not.toBeNull();
    expect(await membersOf(owner, 'acme')).toHaveLength(2);
  });

  it('is the person who confirmed the address, but not one who merely claimed it', async () => {
    const known = await newPerson(api, 'known@acme.example');
    await confirmAddress(database.urls.auth, known.email);
    expect(await viewerOf((await signIn(known.email)).cookie)).toMatchObject({ user: { email: known.email } });
    expect((await ask(api, known.token, '{ tenant(slug: "acme") { viewerRole } }'))['tenant']).not.toBeNull();
    // Somebody signed up with the address of another person, who now comes through the provider.
    await newPerson(api, 'claimed@acme.example');
    const refused = await signIn('claimed@acme.example');
    expect(refused.location).toMatch(/^http:\/\/localhost:3100\/sign-in\?error=/);
    expect(await viewerOf(refused.cookie)).toBeNull();
  });

  it('comes in whatever the provider calls them', async () => {
    provider.claims.set('nameless@acme.example', { name: '' });
    provider.claims.set('named@acme.example', { name: 'n'.repeat(300) });
    for (const login of ['nameless@acme.example', 'named@acme.example']) {
      expect(await viewerOf((await signIn(login)).cookie)).toMatchObject({ user: { email: login } });
    }
    const { rows } = await admin.query(`select name from auth."user" where email like 'name%' order by length(name)`);
    expect(rows).toEqual([{ name: 'nameless' }, { name: 'n'.repeat(100) }]);
  });

  it('who has a second factor comes in with that, and not past it', async () => {
    const careful = await newPerson(api, 'careful@acme.example');
    await confirmAddress(database.urls.auth, careful.email);
    await admin.query(`update auth."user" set "twoFactorEnabled" = true where email = $1`, [careful.email]);
    const refused = await signIn(careful.email);
    expect(refused.location).toContain('error=SECOND_FACTOR_NEEDED');
    expect(await viewerOf(refused.cookie)).toBeNull();
    // An account that the provider opened before is no way around it.
    await admin.query(`update auth."user" set "twoFactorEnabled" = true where email = 'nameless@acme.example'`);
    provider.claims.set('nameless@acme.example', { email: 'nobody@acme.example' });
    expect(await viewerOf((await signIn('nameless@acme.example')).cookie)).toBeNull();
  });

  it('does not undo by signing in that a role was lowered, or a membership ended', async () => {
    const roleOf = async (email: string) =>
      (await membersOf(owner, 'acme')).find(({ user }) => user.email === email)?.role;
    const gus = 'gus@acme.example';
    const { cookie } = await signIn(gus);
    expect(await roleOf(gus)).toBe('developer');
    const member = (await membersOf(owner, 'acme')).find(({ user }) => user.email === gus);
    await owner.ask('mutation ($id: ID!) { changeMemberRole(input: { id: $id, role: viewer }) { kind: __typename } }', {
      id: member?.id,
    });
    const left = await fetch(api.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, origin: api.portalOrigin },
      body: JSON.stringify({ query: `mutation { leaveTenant(input: { tenantId: "${tenantId}" }) { __typename } }` }),
    });
    expect(await left.text()).toContain('LeaveTenantSuccess');
    expect(await viewerOf((await signIn(gus)).cookie)).toEqual({ user: { email: gus }, tenants: [] });
    expect(await roleOf(gus)).toBeUndefined();
  });

  it('reads that the tenant is full where it is, and joins once there is room', async () => {
    const limit = (most: number | null) => admin.query('update tenant_limits set max_members = $1', [most]);
    await limit(1);
    const refused = await signIn('late@acme.example');
    expect(refused.location).toMatch(/^http:\/\/localhost:3100\/sign-in\?error=tenant_full&error_description=/);
    expect(await viewerOf(refused.cookie)).toBeNull();
    await limit(null);
    expect(await viewerOf((await signIn('late@acme.example')).cookie)).toMatchObject({
      tenants: [{ tenant: { slug: 'acme' } }],
    });
  });
});

describe('the provider', () => {
  it('is not believed about addresses of other domains, or ones that it does not vouch for', async () => {
    provider.claims.set('mallory@acme.example', { email: 'owner@example.com' });
    provider.claims.set('unsure@acme.example', { email_verified: false });
    for (const login of ['mallory@acme.example', 'unsure@acme.example', 'stranger@other.example']) {
      const refused = await signIn(login, 'x@acme.example');
      expect({ login, location: refused.location, viewer: await viewerOf(refused.cookie) }).toEqual({
        login,
        location: expect.stringMatching(/^http:\/\/localhost:3100\/sign-in\?error=/),
        viewer: null,
      });
    }
    const { rows } = await admin.query(`select email from auth."user" where email like '%other.example'`);
    expect(rows).toEqual([]);
  });

  it("'s answer opens nothing in another browser, and nothing twice", async () => {
    const { callback } = await signIn('ann@acme.example');
    const elsewhere = new CookieBrowser();
    const again = await elsewhere.open(`${api.url}${callback.pathname}${callback.search}`);
    expect(again.headers.get('location')).toMatch(/error=/);
    expect(await viewerOf(elsewhere.cookieOf(api.url))).toBeNull();
  });

  it('sends people to the portal alone', async () => {
    const targets = ['https://evil.example/', provider.issuer, `${api.portalOrigin}.evil.example/`, '//evil.example'];
    for (const target of targets) {
      const { status } = await startSignIn(new CookieBrowser(), 'ann@acme.example', target);
      expect({ target, status }).toEqual({ target, status: 403 });
    }
  });

  it('may have no private address that the operator has not named', async () => {
    for (const issuer of [
      'https://127.0.0.1:1',
      'https://localhost',
      'https://10.0.0.1',
      'http://example.com',
      'nonsense',
    ]) {
      const { kind } = await configure(owner, { issuer });
      expect({ issuer, kind }).toEqual({ issuer, kind: 'ValidationFailed' });
    }
  });
});

describe('the settings', () => {
  it('are for owners and admins, and the secret comes out nowhere', async () => {
    const ann = await signIn('ann@acme.example');
    const query = '{ tenant(slug: "acme") { singleSignOn { clientId } } }';
    const asAnn = await fetch(api.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: ann.cookie, origin: api.portalOrigin },
      body: JSON.stringify({ query }),
    });
    expect(await asAnn.text()).toContain('IA_API_FORBIDDEN');
    expect((await owner.ask(query))['tenant'].singleSignOn).toEqual({ clientId: provider.clientId });
    const { rows } = await admin.query(
      'select "oidcConfig" as config, (select json_agg(a) from audit_log a)::text as audit from auth."ssoProvider"',
    );
    for (const text of [rows[0].config, rows[0].audit]) expect(text).not.toContain(provider.clientSecret);
    for (const path of [
      '/sso/providers',
      '/sso/get-provider?providerId=x',
      '/sso/register',
      '/sso/saml2/sp/metadata',
    ]) {
      const { status } = await fetch(`${api.url}/auth${path}`, { headers: { cookie: owner.cookie } });
      expect({ path, status }).toEqual({ path, status: 404 });
    }
  });

  it('of a domain that another tenant has are refused to it, and go when they are removed', async () => {
    const rival = await newPerson(api, 'rival@example.com');
    const other = await createTenant(rival, 'globex');
    const { singleSignOn } = await configure(rival, { tenantId: other });
    dns.records.set(singleSignOn.verificationRecord.name, singleSignOn.verificationRecord.value);
    expect((await rival.ask(VERIFY, { tenantId: other }))['verifySingleSignOnDomain'].kind).toBe('Conflict');
    const remove =
      'mutation ($tenantId: ID!) { removeSingleSignOn(input: { tenantId: $tenantId }) { kind: __typename } }';
    expect((await send(api, { token: rival.token, query: remove, variables: { tenantId } })).data).toEqual({
      removeSingleSignOn: { kind: 'NotFound' },
    });
    expect((await owner.ask(remove, { tenantId }))['removeSingleSignOn'].kind).toBe('RemoveSingleSignOnSuccess');
    expect((await startSignIn(new CookieBrowser(), 'ann@acme.example')).status).toBe(404);
  });
});
