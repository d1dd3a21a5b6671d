import { PERMISSIONS, type Permission, type Role, ROLES, type TokenScope, TOKEN_SCOPES } from '@ia-modules/database';
import { PERMISSION_PROBES } from './access/permission-probes.ts';
import { fillPlaceholders } from './example-block.ts';
import type { ExampleScene } from './example-scene.ts';
import { send } from './graphql-client.ts';
import { openTenantPeople, type TenantPeople } from './tenant-people.ts';

type Rule = { readonly roles: readonly Role[]; readonly scope: TokenScope; readonly forPeople?: true };

/** The table as it was when the test began: what is taken out of the code meanwhile is a breach, not another rule. */
const EXPECTED: Readonly<Record<Permission, Rule>> = structuredClone(PERMISSIONS);

type Outcome = 'allowed' | 'forbidden' | 'hidden' | 'unauthenticated';

type Caller = {
  readonly name: string;
  readonly token: string | undefined;
  readonly expected: Outcome;
};

type Member = { readonly role: Role; readonly tokenWith: (scopes: readonly TokenScope[]) => Promise<string> };

type Cast = {
  readonly people: TenantPeople;
  readonly persons: readonly (Member & { readonly session: string })[];
  readonly robots: readonly Member[];
  readonly stranger: { readonly session: string; readonly token: string };
};

export type PermissionMatrix = {
  /** Who may what the table does not say, or may not what it says; nothing when all is well. */
  findBreaches(permissions?: readonly Permission[]): Promise<readonly string[]>;
  close(): Promise<void>;
};

const AT_ONCE = 8;

const rememberTokens = (mint: (scopes: readonly TokenScope[]) => Promise<string>): Member['tokenWith'] => {
  const tokens = new Map<string, Promise<string>>();
  return (scopes) => {
    const key = scopes.join();
    const token = tokens.get(key) ?? mint(scopes);
    tokens.set(key, token);
    return token;
  };
};

const openCast = async (scene: ExampleScene, stranger: ExampleScene): Promise<Cast> => {
  const people = await openTenantPeople(scene.api, scene.database);
  const tenantId = scene.rowId;
  const persons = await Promise.all(
    ROLES.map(async (role) => {
      const { userId, token } = await people.join(tenantId, role);
      return { role, session: token, tokenWith: rememberTokens((scopes) => people.tokenOf(tenantId, userId, scopes)) };
    }),
  );
  const robots = await Promise.all(
    ROLES.filter((role) => role !== 'owner').map(async (role) => {
      const { id } = await people.addRobot(tenantId, role);
      return { role, tokenWith: rememberTokens((scopes) => people.tokenOfRobot(tenantId, id, scopes)) };
    }),
  );
  const other = await people.join(stranger.rowId, 'owner');
  const token = await people.tokenOf(stranger.rowId, other.userId, TOKEN_SCOPES);
  return { people, persons, robots, stranger: { session: other.token, token } };
};

const callersOf = async ({ persons, robots, stranger }: Cast, { roles, scope, forPeople }: Rule): Promise<Caller[]> => {
  const others = TOKEN_SCOPES.filter((other) => other !== scope);
  const outcomeFor = (role: Role): Outcome => (roles.includes(role) ? 'allowed' : 'forbidden');
  const callers: Caller[] = [
    { name: 'nobody', token: undefined, expected: 'unauthenticated' },
    { name: 'a member of another tenant', token: stranger.session, expected: 'hidden' },
    { name: 'a token of another tenant', token: stranger.token, expected: 'hidden' },
  ];
  for (const { role, session, tokenWith } of persons) {
    callers.push(
      { name: `user, ${role}`, token: session, expected: outcomeFor(role) },
      { name: `token of ${role}`, token: await tokenWith(TOKEN_SCOPES), expected: outcomeFor(role) },
      { name: `token of ${role} without ${scope}`, token: await tokenWith(others), expected: 'forbidden' },
    );
  }
  for (const { role, tokenWith } of robots) {
    const expected = forPeople === true ? 'forbidden' : outcomeFor(role);
    callers.push(
      { name: `service account, ${role}`, token: await tokenWith(TOKEN_SCOPES), expected },
      { name: `service account, ${role}, without ${scope}`, token: await tokenWith(others), expected: 'forbidden' },
    );
  }
  return callers;
};

/** What a tenant or a change answers. That somebody may, but it is no use here, is not what is asked. */
const outcomeOf = async (scene: ExampleScene, query: string, token: string | undefined): Promise<Outcome> => {
  const { status, data, errors } = await send(scene.api, { token, query });
  const code = errors?.[0]?.extensions?.['code'];
  if (code === 'IA_API_FORBIDDEN') return 'forbidden';
  if (errors !== undefined || data === null) throw new Error(`${query} answers ${status}: ${JSON.stringify(errors)}`);
  if (!('result' in data)) return data['tenant'] === null ? 'hidden' : 'allowed';
  const { kind, message = '' } = data['result'];
  if (kind === 'Unauthenticated') return 'unauthenticated';
  if (kind === 'NotFound') return 'hidden';
  return kind === 'Forbidden' && message.startsWith('This needs the permission ') ? 'forbidden' : 'allowed';
};

/** An anonymous reader sees no tenant; a member who may, but asks for what is not there, finds nothing. */
const isAsExpected = (expected: Outcome, outcome: Outcome): boolean =>
  expected === outcome ||
  (expected === 'unauthenticated' && outcome === 'hidden') ||
  (expected === 'allowed' && outcome === 'hidden');

const findBreaches = async (scene: ExampleScene, cast: Cast, permission: Permission): Promise<readonly string[]> => {
  const probe = PERMISSION_PROBES[permission];
  if (probe === undefined) return [`${permission}: there is no operation that shows it`];
  const query = await fillPlaceholders(probe, (name) => scene.value(name));
  const waiting = await callersOf(cast, EXPECTED[permission]);
  const breaches: string[] = [];
  const work = async (): Promise<void> => {
    for (let caller = waiting.shift(); caller !== undefined; caller = waiting.shift()) {
      const outcome = await outcomeOf(scene, query, caller.token);
      if (!isAsExpected(caller.expected, outcome)) {
        breaches.push(`${permission}: ${caller.name} is ${outcome}, not ${caller.expected}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return breaches;
};

/** Asks the API for every permission as everybody who could. The scenes are of two tenants of one API. */
export const openPermissionMatrix = async (scene: ExampleScene, stranger: ExampleScene): Promise<PermissionMatrix> => {
  const cast = await openCast(scene, stranger);
  return {
    async findBreaches(permissions = Object.keys(PERMISSION_PROBES) as Permission[]) {
      const breaches: string[] = [];
      for (const permission of permissions) breaches.push(...(await findBreaches(scene, cast, permission)));
      return breaches;
    },
    close: () => cast.people.close(),
  };
};
