import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate, provisionRoles } from '@ia-modules/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import type { TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';

/** A PostgreSQL of its own, with fsync on, that a scenario may treat badly. */
export type ChaosServer = {
  readonly database: TestDatabase;
  /** As `pg_ctl stop -m immediate` does; resolves when the server is gone. */
  readonly crash: () => Promise<void>;
  /** Starts it again on the same port; resolves when it answers. */
  readonly restart: () => Promise<void>;
};

const DATABASE = 'chaos';
const POLL_MS = 5;

/** To be called within a test, which ends the server and removes its data. */
export const startChaosServer = async (): Promise<ChaosServer> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ia-chaos-postgres-'));
  const options = { dataDir: path.join(folder, 'data'), superuserPassword: randomBytes(16).toString('hex') };
  let server: EmbeddedPostgres | undefined;
  onTestFinished(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const first = await startEmbeddedPostgres({ ...options, port: 0 });
  server = first;
  return {
    database: await createDatabase(first.adminUrl),
    crash: async () => {
      if (server === undefined) return;
      process.kill(server.pid, 'SIGQUIT');
      while (isAlive(server.pid)) await delay(POLL_MS);
    },
    restart: async () => {
      server = await startEmbeddedPostgres({ ...options, port: first.port });
    },
  };
};

/** Migrated, with its login roles, as the platform makes it; it ends with its server. */
export const createDatabase = async (serverUrl: string): Promise<TestDatabase> => {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  const adminUrl = url.toString();
  await migrate(adminUrl);
  return { adminUrl, urls: await provisionRoles(adminUrl), drop: async () => {} };
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
