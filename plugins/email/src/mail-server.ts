import { z } from 'zod';

/** Where mails are handed in. */
export const mailServerFields = {
  host: z.string().min(1).max(255).describe('The SMTP server.'),
  port: z.int().min(1).max(65_535).default(587).describe('587 for STARTTLS, 465 for TLS from the start.'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('`starttls` is refused when the server has none; `none` sends everything readable, the password too.'),
  ca: z.string().max(100_000).optional().describe('A certificate (PEM) to trust instead of the public ones.'),
  user: z.string().max(500).optional().describe('Left out, nobody signs in.'),
  password: z.string().max(5_000).optional().describe('Of the user; a secret.'),
  timeout_ms: z.int().min(100).max(120_000).default(30_000).describe('How long the whole of it may take.'),
};

const mailServer = z.object(mailServerFields);
export type MailServer = z.infer<typeof mailServer>;
