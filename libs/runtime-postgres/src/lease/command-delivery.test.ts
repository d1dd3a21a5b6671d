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
  bytes: 15,
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

test('what a tenant has said and its runs have not answered is bounded, and holds nobody else', async () => {
  const told: string[] = [];
  const LARGE = 20 * 1_024 * 1_024;
  const signal = (id: string, tenantId: string): StoredCommand => ({
    ...COMMAND,
    id,
    tenantId,
    kind: 'signal',
    payload: { name: 's', payload: id },
    bytes: LARGE,
  });
  let pending = [signal('1', 'loud'), signal('2', 'loud'), signal('3', 'loud'), signal('4', 'quiet')];
  const options = {
    clock: SYSTEM_CLOCK,
    inbox: {
      pendingCommands: async () => pending,
      readCommands: async (references: readonly { readonly id: string }[]) =>
        pending.filter(({ id }) => references.some((reference) => reference.id === id)),
    },
    store: { readRuns: async () => [], readEnds: async () => [] },
    hotRuns: { get: () => ({ tell: ({ commandId }: { readonly commandId: string }) => told.push(commandId) }) },
  };
  const delivery = new CommandDelivery(options as unknown as CommandDeliveryOptions);
  await delivery.deliver();
  expect([told, delivery.isHoldingBack]).toEqual([['1', '2', '4'], true]);

  pending = pending.filter(({ id }) => id === '3');
  await delivery.deliver();
  await delivery.deliver();
  expect([told, delivery.isHoldingBack]).toEqual([['1', '2', '4', '3'], false]);
});
