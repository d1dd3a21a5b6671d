import { expect, it } from 'vitest';
import type { HealthCall } from '../plugin-call.ts';
import type { SandboxProcess } from '../process/sandbox-process.ts';
import { createProcessSlots } from './process-slots.ts';

const process = { isAlive: () => true, totalCpuMs: () => 0, shutDown: () => undefined, ended: Promise.resolve() };

const callOf = (tenantId: string) =>
  ({ tenantId, plugin: { name: '@a/b', manifest: { permissions: { memoryMb: 64 }, concurrency: 1 } } }) as HealthCall;

it.each([0, 1, 2, 3])('leaves a process to other tenants at depth %i', async (depth) => {
  const slots = createProcessSlots({ maxProcesses: 8, maxMemoryMb: 16_384 });
  const take = (tenantId: string, key: string) =>
    slots.acquire(depth, {
      key,
      call: callOf(tenantId),
      start: () => Promise.resolve(process as unknown as SandboxProcess),
    });
  let held = 0;
  const greedy = Array.from({ length: 8 }, async (_, index) => {
    await take('greedy', `greedy${index}`);
    held++;
  });
  await take('modest', 'modest');
  expect(held).toBe(depth === 0 ? 6 : 1);
  await Promise.all([slots.close(new Error('closed')), ...greedy.map((one) => one.catch(() => {}))]);
});
