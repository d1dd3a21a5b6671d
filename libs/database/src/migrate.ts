import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { Client } from 'pg';

const MAX_REASON_LINES = 15;
/** Holds back a second migration of the same database until the first is done. */
const MIGRATION_LOCK_KEY = 7_236_102;
const SQL_STATE = { noSuchDatabase: '3D000', duplicateDatabase: '42P04', uniqueViolation: '23505' } as const;

const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const require = createRequire(import.meta.url);
const runFile = promisify(execFile);

/**
 * Brings a database to the newest schema (`prisma migrate deploy`); makes the database when it is missing and takes up
 * a migration that was cut short.
 * @throws PlatformError IA_DATABASE_MIGRATION with what Prisma or the server said.
 */
export async function migrate(adminUrl: string): Promise<void> {
  const client = await connectOrCreate(adminUrl);
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK_KEY]);
    const history = await readHistory(client);
    for (const name of history.unfinished) await runPrisma(adminUrl, ['resolve', '--rolled-back', name]);
    const isCurrent = migrationNames().every((name) => history.finished.has(name));
    if (!isCurrent) await runPrisma(adminUrl, ['deploy']);
  } finally {
    await client.end().catch(() => {});
  }
}

async function connectOrCreate(adminUrl: string): Promise<Client> {
  try {
    return await connect(adminUrl);
  } catch (error) {
    if (sqlState(error) !== SQL_STATE.noSuchDatabase) throw migrationError(String(error));
  }
  try {
    await createDatabaseOf(adminUrl);
    return await connect(adminUrl);
  } catch (error) {
    throw migrationError(String(error));
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A connection lost meanwhile shows in the next query.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function createDatabaseOf(adminUrl: string): Promise<void> {
  const url = new URL(adminUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const client = await connect(url.toString());
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    const isThereNow = [SQL_STATE.duplicateDatabase, SQL_STATE.uniqueViolation].some(
      (state) => state === sqlState(error),
    );
    if (!isThereNow) throw error;
  } finally {
    await client.end();
  }
}

type History = {
  readonly finished: ReadonlySet<string>;
  /** A migration runs in one transaction, so one that did not finish left nothing behind and may run again. */
  readonly unfinished: readonly string[];
};

async function readHistory(client: Client): Promise<History> {
  const { rows: tables } = await client.query(`select to_regclass('public._prisma_migrations') is not null as exists`);
  if (tables[0]?.exists !== true) return { finished: new Set(), unfinished: [] };
  const { rows } = await client.query<{ name: string; is_finished: boolean }>(
    `select distinct migration_name as name, finished_at is not null as is_finished
     from public._prisma_migrations where rolled_back_at is null`,
  );
  const named = (isFinished: boolean) => rows.filter((row) => row.is_finished === isFinished).map((row) => row.name);
  return { finished: new Set(named(true)), unfinished: named(false) };
}

function migrationNames(): readonly string[] {
  const entries = readdirSync(path.join(repositoryRoot, 'prisma', 'migrations'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function runPrisma(adminUrl: string, command: readonly string[]): Promise<void> {
  const prismaCli = path.join(path.dirname(require.resolve('prisma/package.json')), 'build', 'index.js');
  try {
    await runFile(process.execPath, [prismaCli, 'migrate', ...command], {
      cwd: repositoryRoot,
      env: {
        ...process.env,
        PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
        DATABASE_URL: adminUrl,
        PRISMA_SCHEMA_ENGINE_BINARY: path.join(repositoryRoot, 'prisma', 'schema-engine.mjs'),
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
        NO_COLOR: '1',
      },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw migrationError(reasonIn(`${stdout}\n${stderr}`));
  }
}

/** Prisma's message without its banner and the engine's backtrace. */
function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line.startsWith('Error'));
  const reason = lines.slice(Math.max(start, 0)).filter((line) => line !== '' && !/^\s+(\d+: |with |at )/.test(line));
  return reason.slice(0, MAX_REASON_LINES).join('\n');
}

function sqlState(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function migrationError(reason: string): PlatformError {
  return new PlatformError({
    code: 'IA_DATABASE_MIGRATION',
    message: `The database could not be migrated. ${reason}`,
    hint: 'Check that the database answers and that its user may create databases, schemas and roles.',
    fault: 'infra',
  });
}
