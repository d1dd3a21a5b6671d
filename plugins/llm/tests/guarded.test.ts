import { createGuardedFetch } from '@ia-modules/plugin-host';
import { createTestbed, listen } from '@ia-modules/plugin-testbed';
import { expect, it, vi } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';
import { openaiStream } from './model-server.ts';

it('streams through the guarded fetch: the first words show before the last are written', async () => {
  const text = openaiStream({ text: 'The first words and the last' });
  const middle = text.indexOf('words');
  const server = await listen(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text.slice(0, middle));
    await vi.waitFor(() => expect(testbed.progress).not.toHaveLength(0));
    response.end(text.slice(middle));
  });
  const guarded = createGuardedFetch({ egressAllow: [`127.0.0.1:${server.port}`] });
  const testbed = createTestbed({ plugin, packageJson, fetch: guarded.fetch });
  const input = { base_url: server.origin, model: 'gpt-4o-mini', prompt: 'Go' };
  expect(await testbed.step('chat', input)).toMatchObject({ text: 'The first words and the last' });
  expect(testbed.progress[0]?.[1]).toBe('The ');
  await guarded.close();
  await server.close();
});
