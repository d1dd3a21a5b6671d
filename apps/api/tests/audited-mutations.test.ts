import { readFileSync } from 'node:fs';
import { PERMISSIONS, type Permission, type Role, ROLES, TOKEN_SCOPES } from '@ia-modules/database';
import { buildSchema } from 'graphql';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MUTATION_PERMISSIONS } from './access/operation-permissions.ts';
import { blocksIn, type ExampleBlock, fillPlaceholders } from './example-block.ts';
import type { ExampleScene } from './example-scene.ts';
import { type ExampleStage, openExampleStage } from './example-stage.ts';
import { send } from './graphql-client.ts';
import { openTenantPeople, type TenantPeople } from './tenant-people.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

/** What changes no tenant, and why. */
const NOT_AUDITED: Readonly<Record<string, string>> = {
  denyNpmLogin: 'it ends a login that belongs to no tenant yet',
  movePipelines: 'each pipeline that it moves has an entry of its own, and the example finds none to move',
  revokeSession: 'it ends a session of the person alone',
};

/** What an example needs besides its own placeholders, to have something to change. */
const PREPARED: Readonly<Record<string, readonly string[]>> = { bulkRuns: ['pendingRun'] };

type Case = { readonly name: string; readonly block: ExampleBlock; readonly permission: Permission | null };

const CASES: readonly Case[] = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap(
  ({ name, description }) => {
    const block = blocksIn(name, description ?? '').find(({ answers }) => answers === null);
    return block === undefined ? [] : [{ name, block, permission: MUTATION_PERMISSIONS[name] ?? null }];
  },
);

/** The strongest who belongs to the tenant and may not; undefined where all members may. */
const weakerThan = (permission: Permission): Role | undefined => {
  const { roles }: { readonly roles: readonly Role[] } = PERMISSIONS[permission];
  return ROLES.find((role) => !roles.includes(role));
};

/** Why it was refused is asked for too. */
const withMessage = (source: string): string =>
  source.replace('__typename', 'kind: __typename ... on Error { message }');

describe('a mutation', () => {
  let stage: ExampleStage;
  let admin: Client;
  let people: TenantPeople | undefined;

  beforeAll(async () => {
    stage = await openExampleStage();
    admin = new Client({ connectionString: stage.adminUrl });
    await admin.connect();
  });

  afterAll(async () => {
    await people?.close();
    await admin?.end();
    await stage?.close();
  });

  /** What the platform does by itself at the same time does not count. */
  const countEntries = async (): Promise<number> => {
    const sql = `select count(*)::int as entries from audit_log where actor->>'kind' <> 'system'`;
    return (await admin.query<{ readonly entries: number }>(sql)).rows[0]?.entries ?? 0;
  };

  const tokenOf = async (scene: ExampleScene, role: Role): Promise<string> => {
    people ??= await openTenantPeople(stage.api, scene.database);
    return people.tokenOf(scene.rowId, await people.enlist(scene.rowId, role), TOKEN_SCOPES);
  };

  const entriesOf = async (scene: ExampleScene, query: string, token: string | undefined) => {
    const before = await countEntries();
    const { data, errors } = await send(scene.api, { token, query });
    const [result] = Object.values(data ?? {});
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return { kind: result.kind, message: result.message, entries: (await countEntries()) - before };
  };

  it.each(CASES.map((one) => [one.name, one] as const))(
    '%s leaves one entry in the audit log when it succeeds, and none when it is refused',
    async (name, { block, permission }) => {
      const scene = await stage.newScene();
      const done = block.source.replace('dryRun: true', 'dryRun: false');
      const query = await fillPlaceholders(withMessage(done), (placeholder) => scene.value(placeholder));
      for (const placeholder of PREPARED[name] ?? []) await scene.value(placeholder);
      const role = permission === null ? undefined : weakerThan(permission);
      const refused = role === undefined ? null : await entriesOf(scene, query, await tokenOf(scene, role));
      const message = `This needs the permission ${permission}.`;
      expect(refused).toEqual(role === undefined ? null : { kind: 'Forbidden', message, entries: 0 });
      const { kind, entries } = await entriesOf(scene, query, await scene.credential(block.actor));
      expect(kind).toMatch(/(Success|Waiting)$/);
      expect(entries).toBe(name in NOT_AUDITED ? 0 : 1);
    },
  );
});
