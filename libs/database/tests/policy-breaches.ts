import type { Client } from 'pg';
import { TENANT_TABLES, type TenantTable } from '@ia-modules/database/testing';

/** Who is bound by which policy, and by which setting. */
export const BOUND_ROLES = [
  { role: 'ia_app', setting: 'app.tenant_id', policy: 'one_tenant' },
  { role: 'ia_registry', setting: 'app.tenant_id', policy: 'one_tenant' },
  { role: 'ia_worker', setting: 'app.tenant_ids', policy: 'many_tenants' },
] as const;
export type BoundRole = (typeof BOUND_ROLES)[number];

export type Intrusion = {
  readonly bound: BoundRole;
  readonly table: TenantTable;
  readonly mine: string;
  readonly theirs: string;
  /** What is broken on purpose before, e.g. a policy that lets everything pass. */
  readonly sabotage?: string;
};

const PERMISSION_DENIED = '42501';

/**
 * Tries to read, change, take over, remove and add rows of another tenant, with every right on the table, so that the policies alone
 * stand in the way. Everything is taken back.
 */
export async function findBreaches(admin: Client, intrusion: Intrusion): Promise<readonly string[]> {
  const { bound, table, mine, sabotage } = intrusion;
  await admin.query('begin');
  try {
    const row = await copyOfRow(admin, intrusion);
    if (sabotage !== undefined) await admin.query(sabotage);
    await admin.query(`grant select, insert, update, delete on ${table} to ${bound.role}`);
    await admin.query(`set local role ${bound.role}`);
    await admin.query('select set_config($1, $2, true)', [bound.setting, mine]);
    const breaches: string[] = [];
    for (const [name, sql, values] of attemptsOn(intrusion, row)) {
      if (await passes(admin, sql, values)) breaches.push(`${bound.role} can ${name} rows of others in ${table}`);
    }
    return breaches;
  } finally {
    await admin.query('rollback');
  }
}

async function copyOfRow(admin: Client, { table, theirs }: Intrusion): Promise<string> {
  const { rows } = await admin.query<{ row: unknown }>(
    `select row_to_json(t) as row from ${table} t where ${TENANT_TABLES[table]} = $1 limit 1`,
    [theirs],
  );
  return JSON.stringify(rows[0]?.row);
}

type Attempt = readonly [name: string, sql: string, values: readonly string[]];

function attemptsOn({ table, mine, theirs }: Intrusion, row: string): readonly Attempt[] {
  const column = TENANT_TABLES[table];
  return [
    ['read', `select 1 from ${table} where ${column} = $1`, [theirs]],
    ['change', `update ${table} set ${column} = ${column} where ${column} = $1`, [theirs]],
    ['hand over', `update ${table} set ${column} = $1 where ${column} = $2`, [theirs, mine]],
    ['remove', `delete from ${table} where ${column} = $1`, [theirs]],
    ['add', `insert into ${table} select (json_populate_record(null::${table}, $1)).*`, [row]],
  ];
}

async function passes(admin: Client, sql: string, values: readonly string[]): Promise<boolean> {
  await admin.query('savepoint attempt');
  try {
    return ((await admin.query(sql, [...values])).rowCount ?? 0) > 0;
  } catch (error) {
    // Any other refusal comes after the policy: a key, a reference.
    return (error as { readonly code?: string }).code !== PERMISSION_DENIED;
  } finally {
    await admin.query('rollback to attempt');
  }
}
