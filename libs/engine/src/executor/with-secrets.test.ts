import { type Json, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../definition/nesting.ts';
import type { SecretSlot, TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecution } from '../ports/task-executor.ts';
import { toRecordedError } from '../run/recorded-error.ts';
import { withSecrets } from './with-secrets.ts';

const SECRETS = new Map([
  ['TOKEN', 'p"ss/w+rd é?=~!🤫'],
  ['PIN', '123'],
  ['KEY', 'k-123456789'],
]);

const slot = (path: SecretSlot['path'], ...parts: SecretSlot['parts']): SecretSlot => ({ path, parts });

const requestOf = (input: Json, secrets: readonly SecretSlot[]): TaskRequest => ({
  key: 'call#/',
  kind: 'step',
  stepId: 'call',
  iteration: '',
  index: '',
  uses: 'http.request',
  input,
  secrets,
  attempt: 1,
  idempotencyKey: 'run/call',
  timeoutMs: null,
  cache: null,
  onUnknown: 'repeat',
});

const execution: TaskExecution = {
  signal: new AbortController().signal,
  emitStarted: () => Promise.resolve(),
  addCost: () => {},
  log: () => {},
};

type Call = { readonly input?: Json; readonly secrets?: readonly SecretSlot[]; readonly work: (input: Json) => Json };

const run = ({
  input = { token: '***' },
  secrets = [slot(['token'], { secret: 'TOKEN' })],
  work,
}: Call): Promise<Json> =>
  withSecrets({ execute: async (request) => work(request.input) }, (name) => SECRETS.get(name)).execute(
    requestOf(input, secrets),
    execution,
  );

describe('withSecrets', () => {
  it('fills every slot in a copy of the input', async () => {
    const input = { headers: [{ authorization: 'Bearer *** / ***' }], token: '***', n: 1 };
    const seen: Json[] = [];
    await run({
      input,
      secrets: [
        slot(['headers', 0, 'authorization'], 'Bearer ', { secret: 'KEY' }, ' / ', { secret: 'PIN' }),
        slot(['token'], { secret: 'TOKEN' }),
      ],
      work: (filled) => {
        seen.push(filled);
        return null;
      },
    });
    expect(seen).toEqual([
      { headers: [{ authorization: 'Bearer k-123456789 / 123' }], token: SECRETS.get('TOKEN'), n: 1 },
    ]);
    expect(input.token).toBe('***');
  });

  it('fails for good when a secret is not set, and names nothing but its name', async () => {
    const failure = run({ secrets: [slot(['token'], { secret: 'MISSING' })], work: () => null });
    await expect(failure).rejects.toMatchObject({
      code: 'IA_SECRET_UNKNOWN',
      disposition: 'terminal',
      message: "Step 'call' reads the secret 'MISSING', which is not set.",
    });
  });

  it.each<[string, (token: string) => string]>([
    ['as it is', (token) => token],
    ['as JSON', (token) => JSON.stringify({ token })],
    ['as JSON within JSON', (token) => JSON.stringify(JSON.stringify({ token }))],
    ['in HTML', (token) => `<b>${token.replaceAll('"', '&quot;')}</b>`],
    ['in hex', (token) => Buffer.from(token).toString('hex')],
    ['in hex of capitals', (token) => Buffer.from(token).toString('hex').toUpperCase()],
    ['in a URL', (token) => `https://example.com/?t=${encodeURIComponent(token)}&x=1`],
    [
      'in a URL with lower-case hex',
      (token) => encodeURIComponent(token).replaceAll(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['in a form', (token) => new URLSearchParams({ token }).toString()],
    ['in Base64', (token) => Buffer.from(token).toString('base64')],
    ['in Base64 for URLs', (token) => Buffer.from(token).toString('base64url')],
    ['in basic authentication', (token) => Buffer.from(`me:${token}`).toString('base64')],
    ['in basic authentication, at another place', (token) => Buffer.from(`user:${token}:x`).toString('base64')],
    ['in Base64, at yet another place', (token) => Buffer.from(`user1:${token}`).toString('base64url')],
  ])('takes it out of outputs and errors %s', async (_how, show) => {
    const shown = show(SECRETS.get('TOKEN') ?? '');
    const output = await run({ work: () => ({ [shown]: [shown, `before ${shown} after`], n: 1 }) });
    const failure = run({
      work: () => {
        throw new PluginError({ message: shown, hint: shown, name: 'CityError', retryable: true, details: { shown } });
      },
    });
    const error = await failure.catch((thrown: unknown) => thrown);
    for (const text of [
      JSON.stringify(output),
      JSON.stringify(toRecordedError(error)),
      String((error as Error).stack),
    ]) {
      expect(text).toContain('***');
      expect(text).not.toContain(shown);
      expect(text).not.toContain('w+rd');
    }
    expect(toRecordedError(error)).toMatchObject({ name: 'CityError', code: 'IA_PLUGIN_FAILED', retryable: true });
  });

  it('takes it out of an output as deep as one may be', async () => {
    const token = SECRETS.get('TOKEN') ?? '';
    const wrap = (value: Json, depth: number): Json => (depth === 0 ? value : wrap([value], depth - 1));
    expect(await run({ work: () => wrap(token, MAX_DEPTH + 1) })).toEqual(wrap('***', MAX_DEPTH + 1));
  });

  it('keeps what an error means', async () => {
    const token = SECRETS.get('TOKEN') ?? '';
    const failWith = (thrown: unknown): Promise<unknown> =>
      run({
        work: () => {
          throw thrown;
        },
      }).catch((error: unknown) => toRecordedError(error));
    expect(await failWith(Object.assign(new TypeError(`bad ${token}`), { retryable: false }))).toEqual({
      name: 'TypeError',
      code: 'IA_TASK_FAILED',
      message: 'bad ***',
      retryable: false,
    });
    expect(await failWith(`plain ${token}`)).toMatchObject({ message: 'plain ***', retryable: true });
    expect(
      await failWith(new PlatformError({ code: 'IA_TASK_TIMEOUT', message: 'late', disposition: 'timeout' })),
    ).toMatchObject({
      name: 'TimeoutError',
      retryable: true,
    });
  });

  it('leaves texts alone that hold a short value by chance, and outputs of steps without secrets', async () => {
    const pin = slot(['token'], { secret: 'PIN' });
    expect(await run({ secrets: [pin], work: () => 'order 123' })).toBe('order 123');
    expect(await run({ secrets: [], work: () => 'k-123456789' })).toBe('k-123456789');
  });

  it('takes it out of log lines', async () => {
    const lines: string[] = [];
    const executor = {
      execute: async (request: TaskRequest, { log }: TaskExecution) => {
        log({ level: 'info', message: `got ${JSON.stringify(request.input)}` });
        return null;
      },
    };
    await withSecrets(executor, (name) => SECRETS.get(name)).execute(
      requestOf({ key: '***' }, [slot(['key'], { secret: 'KEY' })]),
      { ...execution, log: ({ message }) => lines.push(message) },
    );
    expect(lines).toEqual(['got {"key":"***"}']);
  });

  it('takes it out of what is told when work begins', async () => {
    const started: unknown[] = [];
    const executor = withSecrets(
      {
        execute: async (_request, { emitStarted }) => {
          await emitStarted({ worker: 'w k-123456789' });
          return null;
        },
      },
      (name) => SECRETS.get(name),
    );
    await executor.execute(requestOf({ token: '***' }, [slot(['token'], { secret: 'KEY' })]), {
      ...execution,
      emitStarted: (info) => {
        started.push(info);
        return Promise.resolve();
      },
    });
    expect(started).toEqual([{ worker: 'w ***' }]);
  });
});
