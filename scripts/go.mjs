// `node scripts/go.mjs COMMAND…`: installs what is missing, then runs the command with the repository's own Node 26
// first on PATH. Runs on the system's Node (20 or newer).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binFolder, root, SetupError, setUp } from './setup.mjs';

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function pathWithBundledNode() {
  const name = Object.keys(process.env).find((key) => key.toLowerCase() === 'path') ?? 'PATH';
  return { [name]: binFolder + path.delimiter + (process.env[name] ?? '') };
}

function checkBundledNode() {
  const node = path.join(binFolder, process.platform === 'win32' ? 'node.cmd' : 'node');
  if (fs.existsSync(node)) return;
  if (Number(process.versions.node.split('.')[0]) >= 26) return;
  throw new SetupError(
    `There is no bundled Node 26 for ${process.platform}-${process.arch}: install Node 26 yourself and try again.`,
  );
}

/** Runs the command as long as it likes and ends as it ended. Signals are passed on. */
function run([command, ...args]) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...pathWithBundledNode() },
  });
  const forward = Object.fromEntries(FORWARDED_SIGNALS.map((signal) => [signal, () => child.kill(signal)]));
  for (const [signal, handler] of Object.entries(forward)) process.on(signal, handler);
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(127);
  });
  child.on('exit', (code, signal) => {
    for (const [name, handler] of Object.entries(forward)) process.off(name, handler);
    if (signal === null) process.exit(code ?? 1);
    process.kill(process.pid, signal);
  });
}

try {
  await setUp();
  checkBundledNode();
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
