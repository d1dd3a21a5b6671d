import { expect, test } from 'vitest';
import type { StoredCommand } from '../inbox/inbox-store.ts';
import { SYSTEM_CLOCK } from '../run/clock.ts';
import type { StoredRun } from '../run/run-store.ts';
import { CommandDelivery, type CommandDeliveryOptions } from './command-delivery.ts';

const COMMAND: StoredCommand = {
  id: '7',
  tenantId: 'tenant',
  runId: 'run',
  kind: 'cancel',
  payload: { reason: null },
  requestedBy: 'ann',
};
const PARKED = { runId: 'run', tenantId: 'tenant', status: 'waiting', lastSeq: 3 } as StoredRun;

test('a run that leaves memory while its command is read is taken up at once', async () => {
  const told: string[] = [];
  const hotRun = { tell: ({ commandId }: { readonly commandId?: string }) => told.push(commandId ?? '') };
  const looks = [hotRun, undefined];
  const started: StoredRun[] = [];
  const options = {
    clock: SYSTEM_CLOCK,
    inbox: { pendingCommands: async () => [COMMAND], readCommands: async () => [COMMAND] },
    store: {
      readRuns: async (references: readonly unknown[]) => references.map(() => PARKED),
      readEnds: async () => [],
    },
    hotRuns: {
      get: () => (looks.length > 0 ? looks.shift() : hotRun),
      isKnown: () => false,
      start: (run: StoredRun) => started.push(run),
    },
  };
  await new CommandDelivery(options as unknown as CommandDeliveryOptions).deliver();
  expect(started).toEqual([PARKED]);
  expect(told).toEqual(['7']);
});
