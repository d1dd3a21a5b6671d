import { withTenantClient } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { type SecretSealer, secretVersionOwner, webhookOwner } from '@ia-modules/secrets';
import type { Pool, PoolClient } from 'pg';

/** A row that another key than the current one has sealed. */
type SealedBefore = {
  readonly tenantId: string;
  readonly id: string;
  readonly version: number;
  readonly keyId: string;
};

type SealedRow = SealedBefore & { readonly sealed: Uint8Array };

/** What is sealed, in one table. */
type SealedTable = {
  readonly what: 'secretVersions' | 'webhooks';
  /** A batch behind a row, of whichever tenants; takes the current key's id, the row and how many. */
  readonly find: string;
  /** Locks and reads rows of one tenant. */
  readonly lock: string;
  readonly update: string;
  readonly ownerOf: (row: SealedBefore) => string;
};

export type ResealReport = {
  readonly secretVersions: number;
  readonly webhooks: number;
  /** What no key opens: it stays as it is. */
  readonly unopened: readonly (SealedBefore & { readonly what: SealedTable['what'] })[];
};

const BATCH_ROWS = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const TABLES: readonly SealedTable[] = [
  {
    what: 'secretVersions',
    find: `select tenant_id as "tenantId", id, version, key_id as "keyId"
      from secret_versions_to_reseal($1, $2, $3, $4, $5)`,
    lock: `select v.tenant_id as "tenantId", v.secret_id as id, v.version, v.key_id as "keyId", v.sealed
      from secret_versions v join unnest($1::uuid[], $2::int[]) as wanted (id, version)
        on v.secret_id = wanted.id and v.version = wanted.version
      order by v.secret_id, v.version for update of v`,
    update: 'update secret_versions set sealed = $3, key_id = $4 where secret_id = $1 and version = $2',
    ownerOf: ({ tenantId, id, version }) => secretVersionOwner({ tenantId, secretId: id, version }),
  },
  {
    what: 'webhooks',
    find: `select tenant_id as "tenantId", id, $4::int as version, key_id as "keyId"
      from webhooks_to_reseal($1, $2, $3, $5)`,
    lock: `select w.tenant_id as "tenantId", w.id, wanted.version, w.key_id as "keyId", w.secret as sealed
      from webhooks w join unnest($1::uuid[], $2::int[]) as wanted (id, version) on w.id = wanted.id
      order by w.id for update of w`,
    update: 'update webhooks set secret = $3, key_id = $4 where id = $1 and $2::int is not null',
    ownerOf: ({ id }) => webhookOwner(id),
  },
];

/**
 * Seals with the current key whatever another key has sealed, batch by batch, while everything else goes on. When it is
 * ended on the way, the next call goes on with what is left.
 */
export const resealSecrets = async (
  pool: Pool,
  sealer: SecretSealer,
  onBatch: (progress: { readonly what: SealedTable['what']; readonly done: number }) => void = () => undefined,
): Promise<ResealReport> => {
  const done = { secretVersions: 0, webhooks: 0 };
  const unopened: ResealReport['unopened'][number][] = [];
  for (const table of TABLES) {
    let last: SealedBefore = { tenantId: '', keyId: '', id: FIRST_ID, version: 0 };
    for (;;) {
      const values = [sealer.keyId, last.keyId, last.id, last.version, BATCH_ROWS];
      const { rows } = await pool.query<SealedBefore>(table.find, values);
      const end = rows.at(-1);
      if (end === undefined) break;
      last = end;
      for (const [tenantId, group] of Map.groupBy(rows, (row) => row.tenantId)) {
        const refused = await withTenantClient(pool, tenantId, (client) =>
          resealRows(client, { sealer, table, group }),
        );
        done[table.what] += group.length - refused.length;
        unopened.push(...refused.map((row) => ({ ...row, what: table.what })));
      }
      onBatch({ what: table.what, done: done[table.what] });
    }
  }
  return { ...done, unopened };
};

type Batch = { readonly sealer: SecretSealer; readonly table: SealedTable; readonly group: readonly SealedBefore[] };

/** Gives the rows that no key opens. */
const resealRows = async (client: PoolClient, { sealer, table, group }: Batch): Promise<SealedBefore[]> => {
  const wanted = [group.map((row) => row.id), group.map((row) => row.version)];
  const { rows } = await client.query<SealedRow>(table.lock, wanted);
  const refused: SealedBefore[] = [];
  for (const { sealed, ...row } of rows) {
    // Somebody set it anew since it was found.
    if (row.keyId === sealer.keyId) continue;
    const opened = tryOpen(sealer, { keyId: row.keyId, sealed }, table.ownerOf(row));
    if (opened === undefined) {
      refused.push(row);
      continue;
    }
    const fresh = sealer.seal(opened, table.ownerOf(row));
    await client.query(table.update, [row.id, row.version, fresh.sealed, fresh.keyId]);
  }
  return refused;
};

const tryOpen = (
  sealer: SecretSealer,
  sealed: Parameters<SecretSealer['open']>[0],
  owner: string,
): string | undefined => {
  try {
    return sealer.open(sealed, owner);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'IA_SECRET_KEY') return undefined;
    throw error;
  }
};
