// Brings node_modules in step with the lockfile. Runs on the system's Node (20 or newer), before any dependency exists,
// so it may use nothing but Node's own modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const LOCK_HEARTBEAT_MS = 2_000;
const LOCK_STALE_MS = 20_000;

/** Settings of an outer `npm run` that would change what a nested `npm ci` installs. */
const LEAKING_SETTINGS =
  /^npm_config_(workspace|workspaces|include_workspace_root|omit|include|production|only|global|ignore_scripts|dry_run|package_lock|prefix|force)$/i;

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
export const binFolder = path.join(root, 'node_modules', '.bin');

/** Stops with a message for a person: no stack, since nothing is broken in here. */
export class SetupError extends Error {}

/**
 * Installs the dependencies of `folder` when its lockfile changed since the last complete installation.
 * Safe to call from several processes at once; an installation that was interrupted is done again.
 */
export async function setUp(folder = root) {
  checkNode(process.versions.node);
  const stampFile = path.join(folder, 'node_modules', '.ia-install');
  const wanted = fingerprint(folder);
  if (read(stampFile) === wanted) return { installed: false };

  checkWritable(folder);
  const release = await lock(path.join(folder, '.ia-install.lock'));
  try {
    if (read(stampFile) === wanted) return { installed: false };
    console.error('Installing dependencies from package-lock.json (npm ci): this takes a minute or two, once.');
    await npmCi(folder);
    fs.mkdirSync(path.dirname(stampFile), { recursive: true });
    fs.writeFileSync(stampFile, wanted);
    return { installed: true };
  } finally {
    release();
  }
}

export function checkNode(version) {
  if (Number(version.split('.')[0]) >= OLDEST_NODE) return;
  throw new SetupError(
    `Node ${version} is too old: install Node ${OLDEST_NODE} or newer (https://nodejs.org), then try again.\n` +
      'Node 26, on which everything else runs, is installed by npm itself.',
  );
}

function fingerprint(folder) {
  const lockfile = path.join(folder, 'package-lock.json');
  const content = read(lockfile);
  if (content === undefined) throw new SetupError(`${lockfile} is missing: the clone is incomplete.`);
  return createHash('sha256').update(content).update(process.platform).update(process.arch).digest('hex');
}

function checkWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    throw new SetupError(
      `${folder} can't be written by this user: clone the repository as the user that runs it, or change its owner.`,
    );
  }
}

/**
 * Takes the lock file, or waits while another process holds it. The holder keeps touching the file: one that was not
 * touched for a while belongs to a process that was killed.
 */
async function lock(file) {
  for (let isAnnounced = false; ; ) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      const heartbeat = setInterval(() => fs.utimesSync(file, new Date(), new Date()), LOCK_HEARTBEAT_MS);
      return () => {
        clearInterval(heartbeat);
        fs.rmSync(file, { force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ageMs(file) > LOCK_STALE_MS) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!isAnnounced) console.error('Another process is installing the dependencies: waiting for it.');
    isAnnounced = true;
    await delay(500);
  }
}

function ageMs(file) {
  try {
    return Date.now() - fs.statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

async function npmCi(folder) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEAKING_SETTINGS.test(name)));
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm);
  const code = await run(isScript ? [process.execPath, npm, ...args] : ['npm', ...args], { cwd: folder, env });
  if (code === 0) return;
  throw new SetupError(
    `npm ci failed (exit code ${code}). Its own message is above; most often the npm registry could not be reached ` +
      '(check `npm ping` and the proxy settings) or the disk is full. Run the command again afterwards.',
  );
}

function run([command, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { installed } = await setUp();
    console.error(installed ? 'Dependencies are installed.' : 'Dependencies are up to date.');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
