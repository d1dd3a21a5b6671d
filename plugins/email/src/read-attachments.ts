import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import type { MailAttachment } from './mail-fields.ts';

const MAX_TOTAL_BYTES = 10 * 1024 * 1024;

type Attached = {
  readonly filename: string;
  readonly content: Buffer;
  readonly contentType?: string;
  readonly cid?: string;
};

export const readAttachments = async (
  ctx: PluginContext,
  attachments: readonly MailAttachment[],
): Promise<Attached[]> => {
  const read: Attached[] = [];
  let total = 0;
  for (const { filename, content, content_type: contentType, cid } of attachments) {
    if (typeof content !== 'string' && total + content.sizeBytes > MAX_TOTAL_BYTES) throw tooLarge();
    const bytes =
      typeof content === 'string' ? fromBase64(filename, content) : Buffer.from(await ctx.blobs.get(content));
    total += bytes.byteLength;
    if (total > MAX_TOTAL_BYTES) throw tooLarge();
    const type = contentType ?? (typeof content === 'string' ? undefined : content.contentType);
    read.push({
      filename,
      content: bytes,
      ...(type === undefined ? {} : { contentType: type }),
      ...(cid === undefined ? {} : { cid }),
    });
  }
  return read;
};

const fromBase64 = (filename: string, text: string): Buffer => {
  if (/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) return Buffer.from(text, 'base64');
  throw new PluginError({
    code: 'IA_PLUGIN_INPUT',
    message: `The attachment "${filename}" is no base64.`,
  });
};

const tooLarge = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `The attachments have more than ${MAX_TOTAL_BYTES} bytes together.`,
  });
