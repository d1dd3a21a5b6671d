import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFileSlots } from './file-slots.ts';

const never = new AbortController().signal;

const watch = (taking: Promise<() => void>) => {
  const watched = { hasStarted: false };
  taking.then(
    () => (watched.hasStarted = true),
    () => {},
  );
  return watched;
};

test('those who wait start in their order, when a place is given back', async () => {
  const slots = createFileSlots({ total: 1, perTenant: 1 });
  const giveBack = await slots.take('a', never);
  const [second, third] = [slots.take('b', never), slots.take('c', never)];
  const last = watch(third);
  giveBack();
  await second;
  await nextTurn();
  expect(last.hasStarted).toBe(false);
});

test('a tenant that has its share waits, and lets others go first', async () => {
  const slots = createFileSlots({ total: 2, perTenant: 1 });
  const giveBack = await slots.take('a', never);
  const more = slots.take('a', never);
  const watched = watch(more);
  await slots.take('b', never);
  expect(watched.hasStarted).toBe(false);
  giveBack();
  await more;
});

test('who is out of time waits no more, and takes no place', async () => {
  const slots = createFileSlots({ total: 1, perTenant: 1 });
  const giveBack = await slots.take('a', never);
  const late = new AbortController();
  const given = slots.take('b', late.signal);
  late.abort(new Error('late'));
  await expect(given).rejects.toThrow('late');
  giveBack();
  await slots.take('c', never);
});
