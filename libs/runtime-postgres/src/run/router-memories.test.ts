import { expect, test } from 'vitest';
import { createRouterMemories } from './router-memories.ts';

const router = { tenantId: 't', pipelineId: 'p', stepId: 's' };

test('what a router earned is remembered by its context, and by nobody else', () => {
  const memories = createRouterMemories();
  memories.add(router, { context: 'night', to: 'a', reward: 2 });
  memories.add(router, { context: 'night', to: 'a', reward: 1 });
  expect(memories.read(router, 'night')).toEqual({ a: { pulls: 2, reward: 3 } });
  expect(memories.read(router, 'day')).toEqual({});
  expect(memories.read({ ...router, tenantId: 'other' }, 'night')).toEqual({});
  expect(memories.read({ ...router, pipelineId: 'other' }, 'night')).toEqual({});
});
