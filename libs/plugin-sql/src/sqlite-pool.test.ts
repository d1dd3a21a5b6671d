import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqlitePool } from './sqlite-pool.ts';
import type { SqliteProcess } from './sqlite-process.ts';
import { MEMORY } from './sql-target.ts';

test('a statement that computes for too long is ended with its process', async () => {
  const { knex, driver } = createSqlitePool(MEMORY, 500);
  try {
    const connection = (await knex.client.acquireConnection()) as SqliteProcess;
    await driver.begin(connection, { isReadOnly: true, timeoutMs: 60_000 });
    const sql = 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n';
    const asked = driver.execute(connection, { sql, bindings: [] }, { maxRows: 1, maxBytes: 1_000 });
    await expect(asked).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    await expect(driver.end(connection, 'rollback')).rejects.toBeInstanceOf(Error);
    await knex.client.releaseConnection(connection);
  } finally {
    await knex.destroy();
  }
});

test('a file grows in a transaction by what it may, and lets go of rows when it may not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ia-sqlite-'));
  const { knex, driver } = createSqlitePool(join(folder, 'own.db'));
  try {
    const connection = (await knex.client.acquireConnection()) as SqliteProcess;
    const run = async (sql: string, maxGrowthBytes: number): Promise<void> => {
      await driver.begin(connection, { isReadOnly: false, timeoutMs: 60_000, maxGrowthBytes });
      try {
        await driver.execute(connection, { sql, bindings: [] }, { maxRows: 1, maxBytes: 1_000 });
        await driver.end(connection, 'commit');
      } catch (error) {
        await driver.end(connection, 'rollback').catch(() => {});
        throw error;
      }
    };
    const insert = 'insert into t values (zeroblob(100000))';
    await run('create table t (a)', 16_384);
    await run(insert, 200_000);
    await expect(run(insert, 50_000)).rejects.toMatchObject({ errcode: 13 });
    await run('delete from t', 0);
    await run(insert, 0);
    await knex.client.releaseConnection(connection);
  } finally {
    await knex.destroy();
    await rm(folder, { recursive: true });
  }
});
