import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';
import { Client } from 'pg';

/** A PostgreSQL of the benchmark's own, with fsync and synchronous commits; all subjects write to it. */
export type BenchServer = AsyncDisposable & {
  readonly adminUrl: string;
  /** For what subjects keep outside the database; gone at the end. */
  readonly directory: string;
  /** Gives the URL of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  /** Lets PostgreSQL know its tables, as it would by itself within a minute: how it plans is no part of the comparison. */
  analyze(): Promise<void>;
};

export const startServer = async (): Promise<BenchServer> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ia-bench-runs-'));
  const removeDirectory = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const dataDir = path.join(directory, 'data');
    const postgres = await startEmbeddedPostgres({ dataDir, port: 0, superuserPassword: randomUUID() });
    const urls = [postgres.adminUrl];
    return {
      adminUrl: postgres.adminUrl,
      directory,
      createDatabase: async (name) => {
        await query(postgres.adminUrl, `create database ${name}`);
        const url = new URL(postgres.adminUrl);
        url.pathname = `/${name}`;
        urls.push(url.href);
        return url.href;
      },
      analyze: async () => {
        for (const url of urls) await query(url, 'analyze');
      },
      [Symbol.asyncDispose]: async () => {
        await postgres.stop();
        removeDirectory();
      },
    };
  } catch (error) {
    removeDirectory();
    throw error;
  }
};

const query = async (url: string, text: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};
