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

it('asks a server of the tenant’s own without the key of the provider', async () => {
  const server = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(openaiStream({ text: 'Hello' }));
  });
  const testbed = createTestbed({ plugin, packageJson, secrets: { OPENAI_API_KEY: 'sk-hush' } });
  await testbed.step('chat', { base_url: server.origin, model: 'own', prompt: 'Go' });
  expect(server.seen[0]?.headers.authorization).toBeUndefined();
  await server.close();
});

it('asks the provider itself with the tenant’s key where none is written', async () => {
  const asked: (string | null)[] = [];
  // Nothing leaves this machine: what counts is what would.
  const unplugged: typeof fetch = async (url, init) => {
    asked.push(new Request(url, init).url, new Headers(init?.headers).get('authorization'));
    throw new TypeError('no network');
  };
  const testbed = createTestbed({ plugin, packageJson, fetch: unplugged, secrets: { OPENAI_API_KEY: 'sk-hush' } });
  const judged = testbed.condition('judge', { model: 'gpt-4o-mini', question: 'Is it so?', text: 'It is.' });
  await expect(judged).rejects.toMatchObject({ name: 'NetworkError' });
  expect(asked).toEqual(['https://api.openai.com/v1/chat/completions', 'Bearer sk-hush']);
});
