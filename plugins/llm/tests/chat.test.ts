import type { ServerResponse } from 'node:http';
import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, listen, type LocalServer, type Seen, sendJson, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';
import { anthropicStream, openaiStream, sendTorn } from './model-server.ts';

type Script = (response: ServerResponse, request: Seen) => void | Promise<void>;

let server: LocalServer;
let testbed: Testbed;
let script: Script[] = [];

beforeAll(async () => {
  server = await listen((request, response) => {
    const next = script.length > 1 ? script.shift() : script[0];
    return next?.(response, request);
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  testbed.reset();
});
afterAll(() => server.close());

const stream =
  (text: string, pieceBytes = 1_000): Script =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    await sendTorn(response, text, pieceBytes);
    response.end();
  };

const openai = { base_url: '', api_key: 'sk-hush', model: 'gpt-4o-mini' };
const anthropic = { ...openai, provider: 'anthropic', model: 'claude-haiku-4-5' };
const chat = (input: JsonObject, signal?: AbortSignal) =>
  testbed.step('chat', { ...openai, prompt: 'Say something', ...input, base_url: `${server.origin}/v1/` }, signal);
const sent = (index = 0) => JSON.parse(server.seen[index]?.body.toString() ?? '') as Record<string, unknown>;

const TEXT = 'Grüße aus Zürich – 你好, 🌍 and farewell';

describe.each([
  ['openai', openai, openaiStream({ text: TEXT }), '/v1/chat/completions'],
  ['anthropic', anthropic, anthropicStream({ text: TEXT }), '/v1/messages'],
] as const)('llm.chat as %s', (provider, model, answer, path) => {
  it.each([1, 2, 3, 7, 1_000])('puts an answer together that arrives in pieces of %i bytes', async (pieceBytes) => {
    script = [stream(answer, pieceBytes)];
    const output = await chat(model);
    expect(output).toMatchObject({ text: TEXT, json: null, tool_calls: [], finish_reason: 'stop' });
    expect(server.seen[0]?.path).toBe(path);
  });

  it('counts tokens, and tells the run what they cost', async () => {
    script = [stream(answer)];
    const { usage, cost_usd } = await chat(model);
    const costs = {
      openai: (1_000 * 0.15 + 500 * 0.6) / 1e6,
      anthropic: (700 * 1 + 100 * 1.25 + 200 * 0.1 + 500 * 5) / 1e6,
    };
    expect(usage).toMatchObject({ input_tokens: 1_000, output_tokens: 500 });
    expect(cost_usd).toBeCloseTo(costs[provider], 12);
    expect(testbed.costs).toEqual([cost_usd]);
  });

  it('shows the answer as progress while it comes in', async () => {
    script = [stream(answer, 64)];
    await chat({ ...model, max_tokens: 100 });
    expect(testbed.progress[0]?.[1]).toBe('Grüße ');
  });

  it('sends the key, the idempotency key and the question', async () => {
    script = [stream(answer)];
    await chat({ ...model, system: 'Be brief.', temperature: 0.5, max_tokens: 77, stop: ['END'] });
    const { headers } = server.seen[0] as Seen;
    expect(headers).toMatchObject({ 'idempotency-key': 'run-1/step', 'content-type': 'application/json' });
    expect(headers).toMatchObject(
      provider === 'openai'
        ? { authorization: 'Bearer sk-hush' }
        : { 'x-api-key': 'sk-hush', 'anthropic-version': '2023-06-01' },
    );
    const question = { role: 'user', content: 'Say something' };
    expect(sent()).toMatchObject({ stream: true, temperature: 0.5, max_tokens: 77, model: model.model });
    expect(sent()).toMatchObject(
      provider === 'openai'
        ? {
            messages: [{ role: 'system', content: 'Be brief.' }, question],
            stop: ['END'],
            stream_options: { include_usage: true },
          }
        : { messages: [question], system: 'Be brief.', stop_sequences: ['END'] },
    );
  });

  it('waits as long as a busy server asks, and asks again', async () => {
    const busy: Script = (response) => void response.writeHead(429, { 'retry-after': '0' }).end('{}');
    script = [busy, busy, stream(answer)];
    expect(await chat(model)).toMatchObject({ text: TEXT });
    expect(server.seen).toHaveLength(3);
  });

  it('fails when the answer ends early, and may be tried again', async () => {
    script = [stream(answer.slice(0, answer.length / 2))];
    await expect(chat(model)).rejects.toMatchObject({ name: 'NetworkError', retryable: true, details: undefined });
  });

  it('fails when the connection breaks in the midst of the answer', async () => {
    script = [
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        await sendTorn(response, answer.slice(0, 600), 100);
        response.destroy();
      },
    ];
    await expect(chat(model)).rejects.toMatchObject({ name: 'NetworkError', retryable: true });
  });

  it('fails when the server falls silent', async () => {
    script = [
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(answer.slice(0, 600));
      },
    ];
    const late = { name: 'NetworkError', retryable: true };
    await expect(chat({ ...model, idle_timeout_ms: 60 })).rejects.toMatchObject({
      ...late,
      message: 'The model server said nothing for 60 ms.',
    });
    await expect(chat({ ...model, timeout_ms: 60 })).rejects.toMatchObject({
      ...late,
      message: expect.stringContaining('did not answer within 60 ms'),
    });
  });

  it('ends the stream when the run is canceled', async () => {
    const controller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    script = [
      (response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(answer.slice(0, 600));
        setImmediate(() => controller.abort(new Error('canceled by a person')));
      },
    ];
    await expect(chat(model, controller.signal)).rejects.toMatchObject({ disposition: 'canceled' });
    await closed;
  });

  it('does not ask again what the server refuses, and keeps the key to itself', async () => {
    script = [(response) => sendJson(response, { error: { message: 'Incorrect API key provided: sk-hush' } }, 401)];
    const error: unknown = await chat(model).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'HttpStatusError', retryable: false, details: { status: 401 } });
    expect(JSON.stringify(error) + String(error)).not.toContain('sk-hush');
    expect(server.seen).toHaveLength(1);
  });

  it('says when the server speaks otherwise', async () => {
    script = [(response) => sendJson(response, { answer: 'hello' })];
    await expect(chat(model)).rejects.toMatchObject({ name: 'HttpBodyError', retryable: false });
    script = [stream('data: {"choices": 3, "index": "x"}\n\n')];
    await expect(chat(model)).rejects.toMatchObject({ name: 'HttpBodyError' });
    script = [stream('data: {\n\n')];
    await expect(chat(model)).rejects.toMatchObject({ name: 'HttpBodyError' });
  });
});

describe('llm.chat', () => {
  it('pays for what an answer used that breaks off', async () => {
    script = [stream(anthropicStream({ text: 'Half', error: { type: 'overloaded_error', message: 'Overloaded' } }))];
    await expect(chat(anthropic)).rejects.toMatchObject({
      name: 'LlmError',
      retryable: true,
      message: 'The model server stopped its answer: Overloaded',
    });
    expect(testbed.costs).toEqual([expect.closeTo((700 + 100 * 1.25 + 200 * 0.1 + 1 * 5) / 1e6, 12)]);
  });

  it('tells errors that pass from those that stay', async () => {
    script = [
      stream(openaiStream({ text: 'Half', error: { message: 'The server had an error', type: 'server_error' } })),
    ];
    await expect(chat({})).rejects.toMatchObject({ name: 'LlmError', retryable: true });
    script = [stream(openaiStream({ error: { message: 'No such tool', type: 'invalid_request_error' } }))];
    await expect(chat({})).rejects.toMatchObject({ name: 'LlmError', retryable: false });
  });

  it('hands tools to the model and its calls to the pipeline', async () => {
    const tools = [{ name: 'weather', description: 'Tells it.', input_schema: { type: 'object' } }];
    const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich","days":2}' };
    const tool_calls = [{ ...call, arguments: { city: 'Zürich', days: 2 } }];
    script = [stream(openaiStream({ calls: [call], finish: 'tool_calls' }), 3)];
    expect(await chat({ tools, tool_choice: { name: 'weather' } })).toMatchObject({
      tool_calls,
      finish_reason: 'tool_calls',
    });
    expect(sent()).toMatchObject({ tool_choice: { type: 'function', function: { name: 'weather' } } });
    script = [stream(anthropicStream({ call, stop: 'tool_use' }), 3)];
    expect(await chat({ ...anthropic, tools })).toMatchObject({ tool_calls, finish_reason: 'tool_calls' });
    expect(sent(1)).toMatchObject({ tools, tool_choice: { type: 'auto' } });
  });

  it('sends the results of calls in the form of each provider', async () => {
    const messages = [
      { role: 'user', content: 'How is it in Zürich?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'call_1', name: 'weather', arguments: { city: 'Zürich' } }],
      },
      { role: 'tool', content: 'sunny', tool_call_id: 'call_1' },
    ];
    script = [stream(openaiStream({ text: 'Sunny.' }))];
    await chat({ messages });
    expect(sent()['messages']).toMatchObject([
      {},
      { tool_calls: [{ type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich"}' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'user', content: 'Say something' },
    ]);
    script = [stream(anthropicStream({ text: 'Sunny.' }))];
    await chat({ ...anthropic, messages });
    expect(sent(1)['messages']).toMatchObject([
      {},
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Zürich' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'sunny' }] },
      {},
    ]);
  });

  it.each([
    ['a model without a price', { model: 'mystery-1' }, 'No price is known for mystery-1'],
    ['a server that counts nothing', {}, 'did not say how many tokens'],
  ])('warns of %s, which counts as free', async (what, input, warning) => {
    script = [stream(openaiStream({ text: 'x', ...(what.includes('server') ? { usage: null } : {}) }))];
    expect(await chat(input)).toMatchObject({ cost_usd: 0 });
    expect(testbed.costs).toEqual([]);
    expect(testbed.logs).toContainEqual({ level: 'warn', message: expect.stringContaining(warning) as string });
  });

  it('takes prices from the pipeline', async () => {
    script = [stream(openaiStream({ text: 'x' }))];
    const prices = { input_per_million: 1_000, output_per_million: 2_000 };
    expect(await chat({ model: 'mystery-1', prices })).toMatchObject({ cost_usd: 2 });
  });

  it('says that an answer was cut off', async () => {
    script = [stream(openaiStream({ text: 'Half', finish: 'length' }))];
    expect(await chat({})).toMatchObject({ text: 'Half', finish_reason: 'length' });
  });

  it.each([
    ['no question', { prompt: undefined }],
    ['tools with a response format', { tools: [{ name: 'a', input_schema: {} }], response_format: { schema: {} } }],
    ['a schema that is none', { response_format: { schema: { type: 'nonsense' } } }],
    ['an unknown provider', { provider: 'other' }],
  ])('refuses %s', async (_what, input) => {
    const { prompt, ...rest } = { ...openai, prompt: 'x', ...input, base_url: server.origin };
    const given = prompt === undefined ? rest : { ...rest, prompt };
    await expect(testbed.step('chat', given as JsonObject)).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(server.seen).toHaveLength(0);
  });
});
