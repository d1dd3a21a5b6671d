import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

it('lets others work meanwhile', async () => {
  const pace = createPace({ signal: new AbortController().signal });
  let others = 0;
  const timer = setImmediate(() => (others += 1));
  while (!pace.isDue());
  await pace.rest();
  clearImmediate(timer);
  expect(others).toBe(1);
});

it('ends work that was canceled, and work that takes too long', async () => {
  const controller = new AbortController();
  controller.abort(new Error('stop'));
  await expect(createPace({ signal: controller.signal }).rest()).rejects.toThrow('stop');
  const short = createPace({ signal: new AbortController().signal }, 0);
  await expect(short.rest()).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
});
