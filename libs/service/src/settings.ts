import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const split = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const SECRET_KEY_BYTES = 32;

const secretKey = z
  .base64('must be base64')
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .refine((key) => key.length === SECRET_KEY_BYTES, `must be the base64 of ${SECRET_KEY_BYTES} bytes`);

/** Schemas of the variables that services have in common. */
export const setting = {
  /** 0 takes a free port. */
  port: z
    .string()
    .regex(/^\d+$/, 'must be a number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be at most 65535'),
  postgresUrl: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  /** Comes out without a slash at its end. */
  httpUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .transform((url) => url.replace(/\/+$/, '')),
  secret: z.string().min(32, 'must have at least 32 characters'),
  /** Base64 of 32 bytes; comes out as those. */
  secretKey,
  /** Separated by commas; none by default. */
  secretKeys: z.string().default('').transform(split).pipe(z.array(secretKey)),
  /** Comes out absolute. */
  folder: z
    .string()
    .min(1)
    .transform((folder) => path.resolve(folder)),
  /** Separated by commas; none by default. */
  list: z.string().default('').transform(split),
  logLevel: z.enum(logLevels).default('info'),
} as const;

/**
 * Parses the environment with a schema; an empty variable counts as unset.
 *
 * @throws PlatformError IA_CONFIG_INVALID that names every wrong variable, never its value.
 */
export const readSettings = <Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
  { of, hint }: Readonly<{ of: string; hint: string }>,
): z.output<Schema> => {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new PlatformError({
    code: 'IA_CONFIG_INVALID',
    message: `The ${of} can't start with these settings: ${problems.join('; ')}.`,
    hint,
    fault: 'infra',
  });
};
