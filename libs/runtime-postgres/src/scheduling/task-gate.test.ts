import { expect, test } from 'vitest';
import { createTaskGate, type TaskGate, type Ticket } from './task-gate.ts';
import { type Limits, NO_LIMITS, type TenantLimits } from './tenant-limits.ts';

const limitsWith = (tenants: Record<string, Partial<TenantLimits>> = {}): Limits => ({
  of: (tenantId) => ({ ...NO_LIMITS, ...tenants[tenantId] }),
  ofPipeline: () => null,
});

/** Notes what begins, by name. */
const createEntrance = (gate: TaskGate) => {
  const begun: string[] = [];
  const enter = (name: string, tenantId = 'a', priority = 0): Ticket =>
    gate.enter({ tenantId, priority }, () => begun.push(name));
  return { begun, enter };
};

test('begins at once where there is a place, else as soon as one is given back', () => {
  const gate = createTaskGate({ maxTasks: 2, limits: limitsWith(), now: () => 0 });
  const { begun, enter } = createEntrance(gate);
  const first = enter('first');
  enter('second');
  enter('third');
  expect(begun).toEqual(['first', 'second']);
  expect(gate.tenants()).toEqual(new Map([['a', { activeTasks: 2, queuedTasks: 1 }]]));
  first.leave();
  first.leave();
  expect(begun).toEqual(['first', 'second', 'third']);
  expect(gate.activeTasks).toBe(2);
});

test('who stops waiting is not let in', () => {
  const gate = createTaskGate({ maxTasks: 1, limits: limitsWith(), now: () => 0 });
  const { begun, enter } = createEntrance(gate);
  const first = enter('first');
  enter('gone').leave();
  enter('next');
  first.leave();
  expect(begun).toEqual(['first', 'next']);
  expect(gate.tenants().get('a')).toEqual({ activeTasks: 1, queuedTasks: 0 });
});

test('within a tenant the higher priority comes first, but a minute of waiting is worth a point', () => {
  let now = 0;
  const gate = createTaskGate({ maxTasks: 1, limits: limitsWith(), now: () => now });
  const begun: string[] = [];
  const active: Ticket[] = [];
  const enter = (name: string, priority: number): void => {
    gate.enter({ tenantId: 'a', priority }, (ticket) => {
      begun.push(name);
      active.push(ticket);
    });
  };
  for (const name of ['busy', 'low', 'also low']) enter(name, 0);
  now = 119_000;
  enter('high', 2);
  now = 121_000;
  enter('late', 2);
  for (const ticket of active) ticket.leave();
  expect(begun).toEqual(['busy', 'high', 'low', 'also low', 'late']);
});

test("a tenant's limit holds its own work back, no one else's, and a raised limit lets it in", () => {
  const limits = { a: { maxConcurrentTasks: 1 } };
  const gate = createTaskGate({ maxTasks: 8, limits: limitsWith(limits), now: () => 0 });
  const { begun, enter } = createEntrance(gate);
  enter('a1');
  enter('a2');
  enter('a3');
  enter('b1', 'b');
  expect(begun).toEqual(['a1', 'b1']);
  limits.a.maxConcurrentTasks = 2;
  gate.reviewLimits();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});

test('work that ends while it begins makes room for the next, however much of it there is', () => {
  const gate = createTaskGate({ maxTasks: 1, limits: limitsWith() });
  const first = gate.enter({ tenantId: 'a', priority: 0 }, () => undefined);
  let ended = 0;
  for (let index = 0; index < 20_000; index += 1) {
    gate.enter({ tenantId: 'a', priority: 0 }, (ticket) => {
      ended += 1;
      ticket.leave();
    });
  }
  expect(ended).toBe(0);
  first.leave();
  expect(ended).toBe(20_000);
  expect(gate.tenants()).toEqual(new Map());
});

test('one tenant leaves the reserve free, another takes from it at once', () => {
  const gate = createTaskGate({ maxTasks: 16, limits: limitsWith(), now: () => 0 });
  const { begun, enter } = createEntrance(gate);
  for (let index = 0; index < 100; index += 1) enter('flood', 'a');
  expect(gate.tenants().get('a')).toEqual({ activeTasks: 14, queuedTasks: 86 });
  enter('b1', 'b');
  enter('c1', 'c');
  expect(begun.slice(-2)).toEqual(['b1', 'c1']);
  expect(gate.activeTasks).toBe(16);
});
