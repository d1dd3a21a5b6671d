import { expect, it } from 'vitest';
import type { HealthCall } from '../plugin-call.ts';
import type { SandboxProcess } from '../process/sandbox-process.ts';
import { createProcessSlots } from './process-slots.ts';

const process = { isAlive: () => true, totalCpuMs: () => 0, shutDown: () => undefined, ended: Promise.resolve() };

const callOf = (tenantId: string, memoryMb = 64) =>
  ({ tenantId, plugin: { name: '@a/b', manifest: { permissions: { memoryMb }, concurrency: 1 } } }) as HealthCall;

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

it('leaves memory to other tenants, and one process of any size that fits to each', async () => {
  const slots = createProcessSlots({ maxProcesses: 8, maxMemoryMb: 2_048 });
  const take = (tenantId: string, memoryMb: number) =>
    slots.acquire(0, {
      key: `${tenantId} ${memoryMb}`,
      call: callOf(tenantId, memoryMb),
      start: () => Promise.resolve(process as unknown as SandboxProcess),
    });
  const first = await take('greedy', 511);
  let isHeld = false;
  const holdSecond = async (): Promise<void> => {
    await take('greedy', 512);
    isHeld = true;
  };
  const second = holdSecond();
  const modest = await take('modest', 512);
  expect(isHeld).toBe(false);
  first.release();
  modest.release();
  await second;
  await slots.close(new Error('closed'));
});
