import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

type TestServerState = { readonly adminUrl: string };

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Where all test processes of this user find the server that they share. */
export const testServerDirectory = path.join(
  os.tmpdir(),
  `ia-modules-test-postgres-${process.getuid?.() ?? os.userInfo().username}`,
);
export const testServerStateFile = path.join(testServerDirectory, 'server.json');
export const testServerClaimFile = path.join(testServerDirectory, 'starting');

/**
 * Returns a superuser's URL: of the server that IA_TEST_ADMIN_URL names, else of an embedded one that test processes share
 * and that ends by itself when nobody has used it for a while.
 */
export async function testServerUrl(): Promise<string> {
  const given = process.env.IA_TEST_ADMIN_URL;
  if (given !== undefined && given !== '') return given;
  mkdirSync(testServerDirectory, { recursive: true, mode: 0o700 });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const adminUrl = readState()?.adminUrl;
    if (adminUrl !== undefined && (await answers(adminUrl))) return adminUrl;
    if (claimStart()) launchServer();
    await delay(POLL_MS);
  }
  throw new Error(`The shared test PostgreSQL did not start; see ${testServerDirectory}.`);
}

function readState(): TestServerState | undefined {
  try {
    return JSON.parse(readFileSync(testServerStateFile, 'utf8')) as TestServerState;
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** One process starts the server, which removes the claim. Two servers would do no harm: each has a folder of its own. */
function claimStart(): boolean {
  try {
    writeFileSync(testServerClaimFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const claimed = statSync(testServerClaimFile, { throwIfNoEntry: false });
    if (claimed !== undefined && Date.now() - claimed.mtimeMs > START_TIMEOUT_MS / 2) {
      rmSync(testServerClaimFile, { force: true });
    }
    return false;
  }
}

function launchServer(): void {
  const extension = path.extname(fileURLToPath(import.meta.url));
  const main = fileURLToPath(new URL(`./test-server-main${extension}`, import.meta.url));
  const conditions = extension === '.ts' ? ['--conditions=ia-src'] : [];
  const child = spawn(process.execPath, [...conditions, main], { detached: true, stdio: 'ignore' });
  child.unref();
}
