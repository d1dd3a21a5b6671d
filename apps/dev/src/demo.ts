import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readConfig } from './config.ts';
import { runDemo } from './demo/demo-run.ts';
import { isHealthy } from './health.ts';
import { startPlatform } from './platform.ts';
import { type PlatformAccess, readPlatformFile } from './platform-file.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function demo(access: PlatformAccess): Promise<void> {
  const startedAt = performance.now();
  let step = 0;
  await runDemo(access, {
    step: (title) => {
      step += 1;
      say(`\n${step}. ${title}`);
    },
    say: (line) => say(line.replaceAll(/^/gm, '   ')),
  });
  say(`\nThe demo succeeded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

async function findRunningPlatform(): Promise<PlatformAccess | undefined> {
  const access = readPlatformFile(readConfig(process.env).dataDir);
  if (access === undefined) return undefined;
  const services = [access.graphql.replace(/\/graphql$/, '/readyz'), `${access.registry}/-/ping`];
  const answers = await Promise.all(services.map(isHealthy));
  return answers.every(Boolean) ? access : undefined;
}

async function demoOnTemporaryPlatform(): Promise<void> {
  say('No platform is running: starting a temporary one.');
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-demo-'));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort(signal));
  try {
    const platform = await startPlatform({ dataDir, report: (message) => say(`   ${message}`) });
    try {
      await Promise.race([demo(platform.access), rejectOnAbort(stopping.signal)]);
    } finally {
      await platform.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () =>
      reject(new PlatformError({ code: 'IA_PLATFORM_DEMO', message: `Stopped by ${signal.reason}.` }));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

try {
  const running = await findRunningPlatform();
  if (running === undefined) {
    await demoOnTemporaryPlatform();
  } else {
    say(`Using the platform at ${running.graphql}.`);
    await demo(running);
  }
  process.exit(0);
} catch (error) {
  say(`\nThe demo failed: ${error instanceof PlatformError ? error.message : String((error as Error).stack)}`);
  if (error instanceof PlatformError && error.hint !== undefined) say(`→ ${error.hint}`);
  process.exit(1);
}
