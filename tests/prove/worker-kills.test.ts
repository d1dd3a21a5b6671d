import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Platform, startPlatform } from '@ia-modules/dev/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPipeline, signInDemoOwner, startRun, type TenantOwner } from '../platform/tenants.ts';

const KILLS = 30;
const RUNS = 12;
const LONGEST_PAUSE_MS = 2_500;

let dataDir: string;
let platform: Platform;
let owner: TenantOwner;

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-prove-'));
  platform = await startPlatform({ dataDir });
  owner = await signInDemoOwner({ access: platform.access, api: platform.urls.api });
});

afterAll(async () => {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Fans out, waits, and joins, over and over: kills meet it in every state. */
function longPipeline() {
  const rounds = Array.from({ length: 10 }, (_, round) => round);
  const steps = rounds.flatMap((round) => [
    { id: `left${round}`, uses: 'core.wait', with: { duration: `${200 + 50 * round}ms` } },
    { id: `right${round}`, uses: 'http.request', with: { url: `${platform.urls.api}/healthz` } },
    { id: `join${round}`, uses: 'core.noop', join: 'all', with: { round } },
  ]);
  const transitions = rounds.flatMap((round) => [
    ...(round === 0
      ? []
      : [
          { from: `join${round - 1}`, to: `left${round}` },
          { from: `join${round - 1}`, to: `right${round}` },
        ]),
    { from: `left${round}`, to: `join${round}` },
    { from: `right${round}`, to: `join${round}` },
  ]);
  return {
    name: 'prove-worker-kills',
    steps,
    flow: { transitions },
    outputs: { last: '{{ steps.join9.output.round }}' },
  };
}

/** At random moments: what is proved must hold for each of them. */
async function killWorkers(): Promise<number> {
  const killed = new Set<number>();
  while (killed.size < KILLS) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
    const pid = platform.pids().worker;
    if (pid === undefined || killed.has(pid)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed.add(pid);
    } catch {
      // It is between two lives.
    }
  }
  return killed.size;
}

test(`${RUNS} runs outlive ${KILLS} kills of their worker, no event lost or doubled`, async () => {
  const pipelineId = await createPipeline(owner, longPipeline());
  const killing = killWorkers();
  const runIds = [];
  for (let count = 0; count < RUNS; count += 1) {
    runIds.push(await startRun(owner, pipelineId));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
  }
  expect(await killing).toBe(KILLS);
  for (const runId of runIds) {
    const events = [];
    for await (const event of owner.client.followRun(runId)) events.push(event);
    expect(events.map((event) => (event.kind === 'RunEvent' ? event.seq : 'gap'))).toEqual(
      events.map((_, index) => index + 1),
    );
    const types = events.map((event) =>
      event.kind === 'RunEvent' ? `${event.type} ${event.stepId ?? ''}`.trim() : 'gap',
    );
    expect(types.at(-1)).toBe('run_succeeded');
    const succeeded = types.filter((type) => type.startsWith('step_succeeded'));
    expect(new Set(succeeded).size).toBe(succeeded.length);
    expect(succeeded).toHaveLength(30);
  }
});
