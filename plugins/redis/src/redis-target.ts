import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { RedisFields } from './redis-fields.ts';

export type RedisTarget = {
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
  readonly username: string;
  readonly password: string;
  readonly db: number;
  /** What all keys and channels start with. */
  readonly prefix: string;
};

/** A Redis that tenants share keeps what they write apart; one of their own is theirs. */
export const readRedisTarget = (ctx: TrustedContext, { url }: RedisFields): RedisTarget => {
  const written = url ?? ctx.settings['redisUrl'];
  if (written === undefined || written === '') {
    throw new PluginError({
      name: 'ConfigurationError',
      code: 'IA_PLUGIN_INPUT',
      message: 'No Redis is configured.',
      hint: 'Give a url, or ask the operator to set redisUrl.',
    });
  }
  const parsed = URL.parse(written);
  const db = Number(parsed?.pathname.slice(1) || '0');
  if (parsed === null || parsed.hostname === '' || !Number.isInteger(db)) throw notValid();
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || '6379'),
    hasTls: parsed.protocol === 'rediss:',
    username: decode(parsed.username),
    password: decode(parsed.password),
    db,
    prefix: url === undefined ? `ia:${ctx.tenantId}:` : '',
  };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notValid();
  }
};

const notValid = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_INPUT',
    message: 'The url of Redis is not valid.',
    hint: 'Write rediss://user:password@host:6379/0.',
  });
