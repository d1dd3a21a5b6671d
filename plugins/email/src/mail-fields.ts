import { z } from 'zod';

const MAX_RECIPIENTS = 100;
const MAX_TEXT_CHARS = 1024 * 1024;

/** A line break in a header starts another header. */
const line = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .regex(/^[^\r\n\0]*$/, 'must be one line');

export const address = line(500).regex(
  /^[^<>]*<[^<>\s,;]+@[^<>\s,;]+>$|^[^<>\s,;]+@[^<>\s,;]+$/,
  'must be one address',
);
const addresses = z.union([address, z.array(address).min(1).max(MAX_RECIPIENTS)]);

const attachment = z.strictObject({
  filename: line(255).min(1).describe('As the reader sees it.'),
  content: z
    .union([
      z.string().max(14 * 1024 * 1024),
      z.strictObject({
        blob: z.string().describe('Where the bytes are.'),
        sizeBytes: z.int().min(0).describe('How many they are.'),
        contentType: z.string().describe('What they are.'),
      }),
    ])
    .describe('Base64, or the reference to bytes that another step gave.'),
  content_type: line(200).optional().describe('Left out, it is told from the name.'),
  cid: line(200).optional().describe('Lets the HTML show it: `<img src="cid:…">`.'),
});
export type MailAttachment = z.infer<typeof attachment>;

export const recipientFields = {
  from: address.describe('The sender, `name@example.com` or `Name <name@example.com>`.'),
  to: addresses.describe(`One or more addresses; at most ${MAX_RECIPIENTS} with cc and bcc.`),
  cc: addresses.optional().describe('Who else gets it, for all to see.'),
  bcc: addresses.optional().describe('Who else gets it, for nobody to see.'),
  reply_to: address.optional().describe('Where answers go.'),
};

export const contentFields = {
  subject: line(500).describe('One line.'),
  text: z.string().max(MAX_TEXT_CHARS).optional().describe('The plain text; this or `html` has to be there.'),
  html: z.string().max(MAX_TEXT_CHARS).optional().describe('The HTML.'),
  headers: z
    .record(z.string().regex(/^X-[A-Za-z0-9-]{1,70}$/, 'must start with X-'), line(1_000))
    .default({})
    .describe('Further headers, each of which starts with `X-`.'),
  attachments: z.array(attachment).max(20).default([]).describe('At most 10 MiB together.'),
};

const mail = z.object({ ...recipientFields, ...contentFields });
export type Mail = z.infer<typeof mail>;

export const recipientsOf = ({ to, cc = [], bcc = [] }: Pick<Mail, 'to' | 'cc' | 'bcc'>): string[] => [
  ...[to].flat(),
  ...[cc].flat(),
  ...[bcc].flat(),
];

export const hasTooManyRecipients = (mailTo: Pick<Mail, 'to' | 'cc' | 'bcc'>): boolean =>
  recipientsOf(mailTo).length > MAX_RECIPIENTS;
