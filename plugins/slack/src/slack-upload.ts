import { refusedInput } from '@ia-modules/bounded-work';
import { exchange, politely, readText, statusError, toHeaders, toUrl } from '@ia-modules/http-client';
import { defineStep, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { escapeText } from './escape-text.ts';
import { type ApiCall, callSlack } from './slack-api.ts';
import { targetFields } from './slack-target.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ANSWER_BYTES = 65_536;

const { webhook_url: _, token, channel, ...shared } = targetFields;

const uploadInput = z.strictObject({
  ...shared,
  token: token.unwrap().describe('Token of a bot with files:write; write it as {{ secrets.NAME }}.'),
  channel: channel.unwrap().describe('Id of the channel.'),
  file: z
    .strictObject({
      blob: z.string().min(1).max(500).describe('Name of the bytes.'),
      sizeBytes: z.int().min(1).max(MAX_BYTES).describe('How many there are.'),
      contentType: z.string().max(200).describe('What they are.'),
    })
    .describe('The bytes, as a step returned them.'),
  filename: z.string().min(1).max(255).describe('Name that people see.'),
  title: z.string().max(255).optional().describe('Shown instead of the name.'),
  comment: z.string().max(4_000).optional().describe('Message beside the file, shown as it is.'),
  thread_ts: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional()
    .describe('`ts` of the message that this one answers.'),
});
type Upload = z.infer<typeof uploadInput>;

const place = z.looseObject({ upload_url: z.url({ protocol: /^https?$/ }), file_id: z.string() });

/** https://docs.slack.dev/messaging/working-with-files#uploading_files */
export const slackUpload = defineStep({
  name: 'upload',
  title: 'Slack file',
  description: 'Shares a file that an earlier step kept in a channel, as a bot.',
  input: uploadInput,
  output: z.object({ file_id: z.string().describe('Slack’s id of the file.') }),
  run: async (input, ctx) => {
    const bytes = new Uint8Array(await ctx.blobs.get(input.file));
    const api: Api = {
      apiUrl: input.api_url,
      token: input.token,
      timeoutMs: input.timeout_ms,
    };
    const { upload_url, file_id } = await askForPlace(ctx, api, { filename: input.filename, length: bytes.byteLength });
    ctx.progress(0.2);
    await putBytes(ctx, { url: toUrl(upload_url), bytes, timeoutMs: input.timeout_ms });
    ctx.progress(0.8);
    await callSlack(ctx, { ...api, method: 'files.completeUploadExternal', body: shareOf(input, file_id) });
    return { file_id };
  },
});

type Api = Pick<ApiCall, 'apiUrl' | 'token' | 'timeoutMs'>;
type Announced = Readonly<{ filename: string; length: number }>;

const askForPlace = async (ctx: PluginContext, api: Api, query: Announced): Promise<z.infer<typeof place>> => {
  const answer = place.safeParse(await callSlack(ctx, { ...api, method: 'files.getUploadURLExternal', query }));
  if (answer.success) return answer.data;
  throw new PluginError({ name: 'SlackError', message: 'Slack named no place for the file.' });
};

type Putting = { readonly url: URL; readonly bytes: Uint8Array<ArrayBuffer>; readonly timeoutMs: number };

const putBytes = (ctx: PluginContext, { url, bytes, timeoutMs }: Putting): Promise<void> =>
  politely(ctx, async () => {
    const headers = toHeaders({ 'content-type': 'application/octet-stream' });
    const outgoing = { method: 'POST', url, headers, body: bytes, redirect: 'manual', timeoutMs } as const;
    await exchange(ctx, outgoing, async (response) => {
      const body = await readText(response, MAX_ANSWER_BYTES);
      if (!response.ok) throw statusError({ method: 'POST', url, response, body, now: ctx.clock.now() });
    });
  });

const shareOf = ({ channel: channelId, filename, title, comment, thread_ts }: Upload, fileId: string) => {
  if (channelId.startsWith('#')) throw refusedInput('Files are shared by the id of a channel, such as C024BE91L.');
  return {
    channel_id: channelId,
    files: [{ id: fileId, title: title ?? filename }],
    ...(comment === undefined ? {} : { initial_comment: escapeText(comment) }),
    ...(thread_ts === undefined ? {} : { thread_ts }),
  };
};
