import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { handOver, type Launch } from './unprivileged-launch.ts';

export type DataDirectoryOptions = {
  readonly launch: Launch;
  readonly dataDir: string;
  readonly superuserPassword: string;
  /** Told in a sentence what was repaired. */
  readonly report: (message: string) => void;
};

const INITDB_ARGUMENTS = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/**
 * Makes the data directory when there is none. It is initialised beside its place and moved there when complete, so that
 * a killed start leaves no half-made one; what is there and not usable is moved aside, never deleted.
 */
export function ensureDataDirectory(options: DataDirectoryOptions): void {
  try {
    makeOrRepair(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof PlatformError || code === undefined) throw error;
    throw dataError(options.dataDir, message);
  }
}

function makeOrRepair(options: DataDirectoryOptions): void {
  const { dataDir, launch, report } = options;
  if (isComplete(dataDir)) {
    refuseOtherVersion(launch, dataDir);
    return;
  }
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    const aside = `${dataDir}.unusable-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
    renameSync(dataDir, aside);
    report(`The PostgreSQL data in ${dataDir} was incomplete: moved it to ${aside} and made a new one.`);
  }
  const draft = `${dataDir}.initdb`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  handOver(launch, draft);
  initialise(options, draft);
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(draft, dataDir);
}

/** Sets the superuser's password in a server that does not run, when the one in use got lost. */
export function resetSuperuserPassword(launch: Launch, dataDir: string, superuserPassword: string): void {
  const literal = superuserPassword.replaceAll("'", "''");
  const single = runPostgres(launch, launch.binaries.postgres, {
    args: ['--single', '-D', dataDir, 'postgres'],
    input: `ALTER ROLE postgres PASSWORD '${literal}'\n`,
  });
  if (single.status !== 0) throw dataError(dataDir, 'The password of its superuser could not be set again.');
}

function isComplete(dataDir: string): boolean {
  return existsSync(path.join(dataDir, 'PG_VERSION')) && existsSync(path.join(dataDir, 'global', 'pg_control'));
}

function refuseOtherVersion(launch: Launch, dataDir: string): void {
  const dataVersion = readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const binaryVersion = /(\d+)/.exec(
    runPostgres(launch, launch.binaries.postgres, { args: ['--version'] }).stdout,
  )?.[1];
  if (binaryVersion === undefined || dataVersion === binaryVersion) return;
  throw dataError(dataDir, `It was made by PostgreSQL ${dataVersion}; this one is ${binaryVersion}.`);
}

function initialise(options: DataDirectoryOptions, draft: string): void {
  const { launch, superuserPassword } = options;
  const passwordDir = mkdtempSync(path.join(os.tmpdir(), 'ia-postgres-'));
  const passwordFile = path.join(passwordDir, 'password');
  try {
    writeFileSync(passwordFile, `${superuserPassword}\n`, { mode: 0o600 });
    handOver(launch, passwordFile);
    handOver(launch, passwordDir);
    const made = runPostgres(launch, launch.binaries.initdb, {
      args: [`--pgdata=${draft}`, '--username=postgres', `--pwfile=${passwordFile}`, ...INITDB_ARGUMENTS],
    });
    if (made.status !== 0) throw dataError(draft, made.stderr.trim().split('\n').slice(-3).join(' '));
  } finally {
    rmSync(passwordDir, { recursive: true, force: true });
  }
}

function runPostgres(
  launch: Launch,
  binary: string,
  run: { readonly args: readonly string[]; readonly input?: string },
) {
  const [command = binary, ...args] = [...launch.prefix, binary, ...run.args];
  return spawnSync(command, args, {
    encoding: 'utf8',
    // A folder that the dropped user can enter: the current one may be private.
    cwd: path.parse(process.cwd()).root,
    ...(run.input !== undefined && { input: run.input }),
    ...(launch.uid !== undefined && { uid: launch.uid }),
    ...(launch.gid !== undefined && { gid: launch.gid }),
  });
}

function dataError(dataDir: string, reason: string): PlatformError {
  return new PlatformError({
    code: 'IA_DATABASE_DATA',
    message: `The PostgreSQL data folder ${dataDir} can't be used. ${reason}`,
    hint: 'Check the free space and the rights of the folder, or move it away to start with an empty one.',
    fault: 'infra',
  });
}
