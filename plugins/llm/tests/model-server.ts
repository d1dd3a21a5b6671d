import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Sends bytes in pieces of a few each, so that events and characters are torn apart. */
export const sendTorn = async (response: ServerResponse, text: string, pieceBytes: number): Promise<void> => {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length && !response.destroyed; start += pieceBytes) {
    const piece = bytes.subarray(start, start + pieceBytes);
    // Each piece leaves by itself: the next one waits for the event loop.
    if (!response.write(piece)) await once(response, 'drain');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

type OpenAiAnswer = {
  readonly text?: string;
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish?: string;
  readonly usage?: unknown;
  readonly error?: unknown;
};

const OPENAI_USAGE = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 };

/** A stream as Chat Completions has it. */
export const openaiStream = ({
  text = '',
  calls = [],
  finish = 'stop',
  usage = OPENAI_USAGE,
  error,
}: OpenAiAnswer): string => {
  const chunk = (delta: unknown, finishReason: string | null = null): string =>
    event({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'gpt-4o-mini-2024-07-18',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
      usage: null,
    });
  const words = text.match(/\S+\s*|\s+/g) ?? [];
  const said = chunk({ role: 'assistant', content: '' }) + words.map((content) => chunk({ content })).join('');
  if (error !== undefined) return said + event({ error });
  const called = calls.flatMap(({ id, name, arguments: passed }, index) => [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...(passed.match(/.{1,5}/gs) ?? []).map((part) =>
      chunk({ tool_calls: [{ index, function: { arguments: part } }] }),
    ),
  ]);
  const end = chunk({}, finish) + (usage === null ? '' : event({ choices: [], usage }));
  return `: keep-alive\n\n${said}${called.join('')}${end}${event('[DONE]')}`;
};

type AnthropicAnswer = {
  readonly text?: string;
  readonly call?: { readonly id: string; readonly name: string; readonly arguments: string };
  readonly stop?: string;
  readonly error?: { readonly type: string; readonly message: string };
};

/** A stream as Messages has it. */
export const anthropicStream = ({ text = '', call, stop = 'end_turn', error }: AnthropicAnswer): string => {
  const named = (type: string, rest: object = {}): string => event({ type, ...rest }, type);
  const usage = { input_tokens: 700, cache_read_input_tokens: 200, cache_creation_input_tokens: 100, output_tokens: 1 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5-20251001',
    content: [],
    usage,
  };
  const textBlock = [
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('ping'),
    ...(text.match(/\S+\s*|\s+/g) ?? []).map((part) =>
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: part } }),
    ),
  ];
  const start = named('message_start', { message }) + textBlock.join('');
  if (error !== undefined) return start + named('error', { error });
  const callBlock =
    call === undefined
      ? []
      : [
          named('content_block_start', {
            index: 1,
            content_block: { type: 'tool_use', id: call.id, name: call.name, input: {} },
          }),
          ...(call.arguments.match(/.{1,5}/gs) ?? []).map((part) =>
            named('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: part } }),
          ),
          named('content_block_stop', { index: 1 }),
        ];
  const end = named('message_delta', {
    delta: { stop_reason: stop, stop_sequence: null },
    usage: { output_tokens: 500 },
  });
  return start + named('content_block_stop', { index: 0 }) + callBlock.join('') + end + named('message_stop');
};
