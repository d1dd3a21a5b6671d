import { networkError, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { trusted, type TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import type { Redis } from 'ioredis';
import type { RedisFields } from './redis-fields.ts';
import { readRedisTarget, type RedisTarget } from './redis-target.ts';

const MAX_RECEIVED_BYTES = 32 * 1024 * 1024;

/** A connection, and what a name is called on it. */
export type RedisCall = { readonly redis: Redis; readonly named: (name: string) => string };

/** Makes one connection for one call; `waitMs` is how long the server was asked to wait. */
export const withRedis = async <T>(
  context: PluginContext,
  { waitMs = 0, ...fields }: RedisFields & { readonly waitMs?: number },
  work: (call: RedisCall) => Promise<T>,
): Promise<T> => {
  const ctx = trusted(context);
  const target = readRedisTarget(ctx, fields);
  const timeout = AbortSignal.timeout(fields.timeout_ms + waitMs);
  const ended = AbortSignal.any([ctx.signal, timeout]);
  ended.throwIfAborted();
  const opened = await openRedis(ctx, target);
  const hangUp = (): void => opened.redis.disconnect();
  ended.addEventListener('abort', hangUp, { once: true });
  try {
    await opened.redis.connect();
    return await work({ redis: opened.redis, named: (name) => target.prefix + name });
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    if (timeout.aborted) throw outOfTime(fields.timeout_ms + waitMs);
    throw redisError(opened.reason() ?? error);
  } finally {
    ended.removeEventListener('abort', hangUp);
    hangUp();
  }
};

const openRedis = async (ctx: TrustedContext, target: RedisTarget) => {
  const { AbstractConnector, Redis: Client } = await import('ioredis');
  let reason: unknown;
  const { host, port, hasTls: tls } = target;
  class GuardedConnector extends AbstractConnector {
    constructor() {
      super(0);
    }

    override async connect(): ReturnType<InstanceType<typeof AbstractConnector>['connect']> {
      const socket = await ctx.net.connect({ host, port, tls }).catch((error: unknown) => {
        reason = error;
        throw error;
      });
      let received = 0;
      socket.on('data', (chunk: Buffer) => {
        received += chunk.byteLength;
        if (received <= MAX_RECEIVED_BYTES) return;
        reason = tooMuch();
        socket.destroy();
      });
      // Which sockets the door gives is its own affair.
      this.stream = socket as typeof this.stream;
      return this.stream;
    }
  }
  const redis = new Client({
    Connector: GuardedConnector,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    protocol: 2,
    connectTimeout: 0,
    db: target.db,
    ...(target.username === '' ? {} : { username: target.username }),
    ...(target.password === '' ? {} : { password: target.password }),
  });
  // Without a listener, ioredis writes to the worker's output.
  redis.on('error', (error) => {
    reason ??= error;
  });
  return { redis, reason: () => reason };
};

const REFUSALS: readonly (readonly [RegExp, string, boolean])[] = [
  [/^(WRONGPASS|NOAUTH|NOPERM)|invalid password/, 'AuthenticationError', false],
  [/^WRONGTYPE/, 'WrongTypeError', false],
  [/^(BUSY|LOADING|TRYAGAIN|MASTERDOWN|OOM|READONLY)/, 'BusyError', true],
];
const MAX_MESSAGE_CHARS = 300;

/** What Redis says never holds the url; what ioredis says may hold the host, and the arguments of a command. */
const redisError = (error: unknown): PluginError => {
  if (error instanceof PluginError) return error;
  if (error instanceof Error && error.name === 'ReplyError') {
    const [, name = 'RedisError', retryable = false] = REFUSALS.find(([start]) => start.test(error.message)) ?? [];
    return new PluginError({ name, message: `Redis refused: ${error.message.slice(0, MAX_MESSAGE_CHARS)}`, retryable });
  }
  return networkError('The connection to Redis broke or never came about.');
};

const outOfTime = (timeoutMs: number): PluginError =>
  new PluginError({ name: 'TimeoutError', message: `Redis did not answer within ${timeoutMs} ms.`, retryable: true });

const tooMuch = (): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_LIMIT', message: `Redis sent more than ${MAX_RECEIVED_BYTES} bytes.` });
