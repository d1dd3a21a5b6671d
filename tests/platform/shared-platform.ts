import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort, type PlatformAccess, startPlatform } from '@ia-modules/dev/platform';
import type { TestProject } from 'vitest/node';

export type SharedPlatform = Readonly<{
  access: PlatformAccess;
  api: string;
  adminUrl: string;
  dataDir: string;
  /** The worker that started with the platform. */
  workerPid: number;
  /** A port of this machine that steps may call. */
  effectsPort: number;
}>;

declare module 'vitest' {
  interface ProvidedContext {
    platform: SharedPlatform;
  }
}

let stop: () => Promise<void> = async () => {};

/** One platform for all files: starting one takes seconds. */
export async function setup(project: TestProject): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-platform-'));
  const effectsPort = await freePort();
  const platform = await startPlatform({ dataDir, egressAllow: [`localhost:${effectsPort}`] });
  stop = async () => {
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const workerPid = platform.pids().worker;
  if (workerPid === undefined) throw new Error('the platform started without a worker');
  project.provide('platform', {
    access: platform.access,
    api: platform.urls.api,
    adminUrl: platform.adminUrl,
    dataDir,
    workerPid,
    effectsPort,
  });
}

export async function teardown(): Promise<void> {
  await stop();
}
