// The process that holds the shared test PostgreSQL: it ends, with its data, when nobody has used it for a while.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { isAlive } from '../embedded/is-alive.ts';
import { testServerClaimFile, testServerDirectory, testServerStateFile } from './test-server.ts';

const IDLE_LIMIT_MS = 60_000;
const POLL_MS = 2000;

async function main(): Promise<void> {
  removeLeftovers();
  const directory = mkdtempSync(path.join(testServerDirectory, `run-${process.pid}-`));
  const server = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'data'),
    port: 0,
    superuserPassword: randomBytes(16).toString('hex'),
    isDurable: false,
  });
  publish(server.adminUrl);
  rmSync(testServerClaimFile, { force: true });
  const stop = async () => {
    rmSync(testServerStateFile, { force: true });
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  await untilIdle(server.adminUrl);
  await stop();
}

/** A server ends with the process that holds it; a killed one leaves its folder. */
function removeLeftovers(): void {
  for (const name of readdirSync(testServerDirectory)) {
    const holder = /^run-(\d+)-/.exec(name)?.[1];
    if (holder !== undefined && !isAlive(Number(holder))) {
      rmSync(path.join(testServerDirectory, name), { recursive: true, force: true });
    }
  }
}

function publish(adminUrl: string): void {
  const draft = `${testServerStateFile}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ adminUrl }), { mode: 0o600 });
  renameSync(draft, testServerStateFile);
}

async function untilIdle(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  const connection = { isLost: false };
  client.on('error', () => {
    connection.isLost = true;
  });
  await client.connect();
  let lastUseMs = Date.now();
  while (!connection.isLost && Date.now() - lastUseMs < IDLE_LIMIT_MS) {
    await delay(POLL_MS);
    const { rows } = await client.query<{ sessions: string; total: string }>(
      `select count(*) filter (where pid <> pg_backend_pid() and backend_type = 'client backend') as sessions,
         (select sum(sessions) from pg_stat_database) as total
       from pg_stat_activity`,
    );
    if (isUsed(rows[0])) lastUseMs = Date.now();
  }
  await client.end().catch(() => {});
}

let sessionsSeen: string | undefined;

/** Short sessions come and go between two looks: the count of all sessions so far tells them. */
function isUsed(activity: { sessions: string; total: string } | undefined): boolean {
  const hasNewSessions = activity?.total !== sessionsSeen;
  sessionsSeen = activity?.total;
  return hasNewSessions || Number(activity?.sessions) > 0;
}

await main();
