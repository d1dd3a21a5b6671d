import { parseJsonBody, readBytes, readText } from '@ia-modules/http-client';
import { defineStep, type Json, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { bodyTypeInput, encodeBody } from './body.ts';
import { readAnswer, readRefusal } from './read-answer.ts';
import { headersOutput, httpStatus, json, jsonBody, maxBytesInput, METHODS, requestFields } from './request-fields.ts';
import { send } from './send.ts';

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

export const httpRequestInput = z.strictObject({
  ...requestFields,
  method: z.enum(METHODS).default('GET').describe('Of the request.'),
  body: jsonBody.describe('What is sent.'),
  body_type: bodyTypeInput,
  response: z
    .enum(['auto', 'json', 'text', 'base64', 'blob'])
    .default('auto')
    .describe(
      'What the body becomes. `auto` parses what the response calls JSON. `blob` keeps bytes and gives a reference.',
    ),
  max_bytes: maxBytesInput(DEFAULT_MAX_BYTES),
});
type HttpRequest = z.infer<typeof httpRequestInput>;

export const httpRequestOutput = z.object({
  status: httpStatus.describe('Of the response.'),
  headers: headersOutput,
  body: json.describe('As `response` asked for.'),
});

/**
 * Makes one HTTP request. Unsafe methods carry the task's idempotency key, so that a server which knows the header does
 * the work once however often the step is tried.
 */
export const httpRequest = defineStep({
  name: 'request',
  title: 'HTTP request',
  description: 'Makes one HTTP request and returns its status, headers and body.',
  input: httpRequestInput,
  output: httpRequestOutput,
  run: async (input, ctx) => {
    const encoded = encodeBody(input.body, input.body_type);
    return await send(
      ctx,
      { ...input, ...(encoded === undefined ? {} : { encoded }) },
      {
        read: async (response) => ({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await readBody(ctx, input, response),
        }),
        readRefusal,
      },
    );
  },
});

const readBody = async (ctx: PluginContext, input: HttpRequest, response: Response): Promise<Json> => {
  if (input.response === 'base64' || input.response === 'blob') {
    const bytes = await readBytes(response, input.max_bytes);
    if (input.response === 'base64') return Buffer.from(bytes).toString('base64');
    return await ctx.blobs.put(bytes, {
      contentType: response.headers.get('content-type') ?? 'application/octet-stream',
    });
  }
  const { host } = new URL(input.url);
  if (input.response === 'auto') return await readAnswer(response, { host, maxBytes: input.max_bytes });
  const text = await readText(response, input.max_bytes);
  return input.response === 'text' ? text : parseJsonBody(text, host);
};
