import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { Client } from 'pg';
import { ensureDataDirectory, resetSuperuserPassword } from './data-directory.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { chooseLaunch, type Launch, type LaunchOptions, reachableDirectory } from './unprivileged-launch.ts';

export type EmbeddedPostgresOptions = {
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly superuserPassword: string;
  /** Off is for throw-away test data alone. @default true */
  readonly isDurable?: boolean;
  /** Told in a sentence what was repaired. */
  readonly report?: (message: string) => void;
  /** How to get rid of root's rights. */
  readonly launch?: LaunchOptions;
};

export type EmbeddedPostgres = {
  /** The superuser's connection to database `postgres`. */
  readonly adminUrl: string;
  readonly pid: number;
  readonly port: number;
  /** Where the data really lies: elsewhere than asked when the unprivileged user can't reach that. */
  readonly dataDir: string;
  stop(): Promise<void>;
};

type Server = { readonly launch: Launch; readonly dataDir: string; readonly options: EmbeddedPostgresOptions };

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
const LOG_TAIL_CHARACTERS = 800;

/**
 * Starts PostgreSQL on 127.0.0.1 from the npm package's binaries, making and repairing its data directory as needed. A
 * server that still runs on it is used when it answers on the wanted port, else stopped first.
 * @throws PlatformError IA_DATABASE_PORT, IA_DATABASE_DATA or IA_DATABASE_START
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const launch = chooseLaunch(findPostgresBinaries(), options.launch);
  const wantedDir = path.resolve(options.dataDir);
  const dataDir = reachableDirectory(launch, wantedDir);
  const server: Server = { launch, dataDir, options };
  const report = options.report ?? (() => {});
  if (dataDir !== wantedDir)
    report(`PostgreSQL's unprivileged user can't reach ${wantedDir}: its data is in ${dataDir}.`);
  const earlier = findPostmaster(dataDir);
  if (earlier !== undefined) {
    const isWanted = options.port === 0 || options.port === earlier.port;
    if (isWanted && (await probe(options, earlier.port)) === 'ready') return running(server, earlier);
    report(`Stopped an earlier PostgreSQL (process ${earlier.pid}) that was left running on ${dataDir}.`);
    await stopPostmaster(earlier.pid);
  }
  ensureDataDirectory({ launch, dataDir, superuserPassword: options.superuserPassword, report });
  const started = await startPostmaster(server);
  if (started !== 'password') return started;
  resetSuperuserPassword(launch, dataDir, options.superuserPassword);
  report('The PostgreSQL superuser had another password: set it again.');
  const restarted = await startPostmaster(server);
  if (restarted !== 'password') return restarted;
  throw startError(dataDir, 'it refuses the password that was just set');
}

function running(server: Server, postmaster: { readonly pid: number; readonly port: number }): EmbeddedPostgres {
  const { pid, port } = postmaster;
  const adminUrl = connectionUrl(server.options, port);
  return { adminUrl, pid, port, dataDir: server.dataDir, stop: () => stopPostmaster(pid) };
}

async function startPostmaster(server: Server): Promise<EmbeddedPostgres | 'password'> {
  const { options, dataDir } = server;
  const port = await freePort(options.port);
  const child = spawnPostmaster(server, port);
  const end: { reason?: string } = {};
  child.once('error', (error) => {
    end.reason = error.message;
  });
  child.once('exit', (code, signal) => {
    end.reason = `it ended with ${signal ?? `code ${code}`}`;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (end.reason === undefined && Date.now() < deadline) {
    const state = await probe(options, port);
    const pid = child.pid;
    if (pid === undefined) break;
    if (state === 'ready') return running(server, { pid, port });
    if (state === 'password') {
      await stopPostmaster(pid);
      return 'password';
    }
    await delay(POLL_MS);
  }
  if (child.pid !== undefined && end.reason === undefined) await stopPostmaster(child.pid);
  throw startError(dataDir, end.reason ?? `it did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

function spawnPostmaster(server: Server, port: number): ChildProcess {
  const { launch, dataDir, options } = server;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    fsync: options.isDurable === false ? 'off' : 'on',
    full_page_writes: options.isDurable === false ? 'off' : 'on',
    synchronous_commit: options.isDurable === false ? 'off' : 'on',
    timezone: 'UTC',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const prefix = [...launch.prefix, ...dieWithParent()];
  const [command = '', ...args] = [...prefix, launch.binaries.postgres, '-D', dataDir, ...flags];
  const log = openSync(logFile(dataDir), 'w', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: path.parse(process.cwd()).root,
      // A terminal's Ctrl-C reaches the whole process group: PostgreSQL must outlive those that use it.
      detached: true,
      stdio: ['ignore', log, log],
      ...(launch.uid !== undefined && { uid: launch.uid }),
      ...(launch.gid !== undefined && { gid: launch.gid }),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** On Linux the kernel asks PostgreSQL to shut down when its parent is killed. */
function dieWithParent(): string[] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));
  return process.platform === 'linux' && setpriv !== undefined ? [setpriv, '--pdeathsig', 'INT', '--'] : [];
}

async function probe(options: EmbeddedPostgresOptions, port: number): Promise<'ready' | 'password' | 'unreachable'> {
  const client = new Client({ connectionString: connectionUrl(options, port), connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return 'ready';
  } catch (error) {
    return (error as { code?: string }).code === '28P01' ? 'password' : 'unreachable';
  } finally {
    await client.end().catch(() => {});
  }
}

function connectionUrl(options: EmbeddedPostgresOptions, port: number): string {
  return `postgresql://postgres:${encodeURIComponent(options.superuserPassword)}@127.0.0.1:${port}/postgres`;
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new PlatformError({
          code: 'IA_DATABASE_PORT',
          message: `Port ${wanted} of 127.0.0.1, where PostgreSQL should listen, is taken or not allowed.`,
          hint: 'Stop what uses it, or set IA_POSTGRES_PORT to another port.',
          cause,
        }),
      ),
    );
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}

/** Beside the data directory, whose content belongs to PostgreSQL. */
function logFile(dataDir: string): string {
  return `${dataDir}.log`;
}

function startError(dataDir: string, reason: string): PlatformError {
  const log = logFile(dataDir);
  const tail = existsSync(log) ? readFileSync(log, 'utf8').slice(-LOG_TAIL_CHARACTERS).trim() : '';
  return new PlatformError({
    code: 'IA_DATABASE_START',
    message: `PostgreSQL did not start: ${reason}.\n${tail}`,
    hint: `Read ${log}; DATABASE_URL uses another PostgreSQL instead.`,
    fault: 'infra',
  });
}
