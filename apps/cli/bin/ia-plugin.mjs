#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MIN_NODE_MAJOR = 22;
const EXIT_INTERNAL = 3;

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const run = () => {
  const built = pathOf('../dist/plugin/main.js');
  const args = existsSync(built) ? [built] : ['--conditions=ia-src', pathOf('../src/plugin/main.ts')];
  const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? EXIT_INTERNAL;
  });
};

if (Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR) {
  console.error(`ia-plugin needs Node ${MIN_NODE_MAJOR} or newer and runs on ${process.version}: start it with npx.`);
  process.exitCode = EXIT_INTERNAL;
} else {
  run();
}
