import { PluginError } from '@ia-modules/plugin-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { TaskExecution, TaskExecutor } from '../ports/task-executor.ts';
import { createCircuitBreakers } from './circuit-breakers.ts';
import { withCircuitBreaker } from './with-circuit-breaker.ts';

const NOON = Date.parse('2030-01-01T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

const requestOf = (change: Partial<TaskRequest> = {}): TaskRequest => ({
  key: 'a#/',
  kind: 'step',
  stepId: 'a',
  iteration: '',
  index: '',
  uses: '@community/weather#forecast',
  input: {},
  secrets: [],
  attempt: 1,
  idempotencyKey: 'run/a',
  timeoutMs: null,
  cache: null,
  onUnknown: 'repeat',
  ...change,
});

const executionOf = (signal = new AbortController().signal): TaskExecution => ({
  signal,
  emitStarted: () => Promise.resolve(),
  addCost: () => {},
  log: () => {},
});

const busy = new PluginError({ message: 'busy', retryable: true });
const refused = new PluginError({ message: 'no such city' });

/** An executor that does what it is told, and counts its calls. */
const scripted = () => {
  const script = { answer: (): Promise<string> => Promise.resolve('fine'), calls: 0 };
  const executor: TaskExecutor = {
    execute: () => {
      script.calls += 1;
      return script.answer();
    },
  };
  return { script, executor };
};

const failing = (error: Error) => async (): Promise<string> => {
  throw error;
};

describe('a circuit', () => {
  it('opens after five failures in a row, fails at once while it is open, and closes when a call goes well again', async () => {
    const { script, executor } = scripted();
    const guarded = withCircuitBreaker(executor, { breakers: createCircuitBreakers() });
    const call = (): Promise<unknown> => guarded.execute(requestOf(), executionOf());
    script.answer = failing(busy);
    for (let count = 0; count < 5; count += 1) await expect(call()).rejects.toBe(busy);
    await expect(call()).rejects.toMatchObject({
      code: 'IA_CIRCUIT_OPEN',
      disposition: 'retry',
      message: 'Calls to the plugin @community/weather failed so often that none is made for now.',
      hint: 'It is tried again after 2030-01-01T12:00:30.000Z.',
    });
    expect(script.calls).toBe(5);
    vi.setSystemTime(NOON + 30_000);
    script.answer = () => Promise.resolve('fine');
    expect(await call()).toBe('fine');
    expect(await call()).toBe('fine');
  });

  it('is not opened for steps by what only watches the run', async () => {
    const { script, executor } = scripted();
    const guarded = withCircuitBreaker(executor, { breakers: createCircuitBreakers() });
    const call = (kind: TaskRequest['kind']): Promise<unknown> => guarded.execute(requestOf({ kind }), executionOf());
    script.answer = failing(busy);
    for (const kind of ['hook', 'reporter', 'exporter'] as const) {
      for (let count = 0; count < 5; count += 1) await expect(call(kind)).rejects.toBe(busy);
      const message = `Calls to the ${kind}s of @community/weather failed so often that none is made for now.`;
      await expect(call(kind)).rejects.toMatchObject({ message });
    }
    script.answer = () => Promise.resolve('fine');
    expect(await call('step')).toBe('fine');
  });

  it('opens again when the call that tries it out fails or is canceled', async () => {
    const { script, executor } = scripted();
    const guarded = withCircuitBreaker(executor, {
      breakers: createCircuitBreakers({ failureCount: 1, coolDownMs: 10 }),
    });
    script.answer = failing(busy);
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toBe(busy);
    vi.setSystemTime(NOON + 10);
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toBe(busy);
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toMatchObject({ code: 'IA_CIRCUIT_OPEN' });
    vi.setSystemTime(NOON + 20);
    const controller = new AbortController();
    script.answer = () => new Promise(() => {});
    const trial = guarded.execute(requestOf(), executionOf(controller.signal));
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toMatchObject({
      code: 'IA_CIRCUIT_OPEN',
      hint: expect.stringContaining('One call tries it out'),
    });
    controller.abort(new Error('canceled'));
    await expect(trial).rejects.toThrow('canceled');
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toMatchObject({ code: 'IA_CIRCUIT_OPEN' });
    expect(script.calls).toBe(3);
  });

  it('counts attempts that ran out of time, and neither canceled ones nor errors of the input', async () => {
    const { script, executor } = scripted();
    const guarded = withCircuitBreaker(executor, { breakers: createCircuitBreakers({ failureCount: 2 }) });
    const abortWith = async (reason: unknown): Promise<void> => {
      const controller = new AbortController();
      script.answer = () => new Promise(() => {});
      const attempt = guarded.execute(requestOf(), executionOf(controller.signal));
      controller.abort(reason);
      await expect(attempt).rejects.toBe(reason);
    };
    const timeout = new DOMException('too late', 'TimeoutError');
    const canceled = new DOMException('not wanted', 'AbortError');
    for (const reason of [canceled, canceled, timeout]) await abortWith(reason);
    script.answer = failing(refused);
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toBe(refused);
    await abortWith(timeout);
    await expect(guarded.execute(requestOf(), executionOf())).rejects.toMatchObject({ code: 'IA_CIRCUIT_OPEN' });
  });

  it('starts counting anew after a success', async () => {
    const { script, executor } = scripted();
    const guarded = withCircuitBreaker(executor, { breakers: createCircuitBreakers({ failureCount: 2 }) });
    for (const answer of [failing(busy), () => Promise.resolve('fine'), failing(busy), () => Promise.resolve('fine')]) {
      script.answer = answer;
      await guarded.execute(requestOf(), executionOf()).catch(() => 'failed');
    }
    expect(script.calls).toBe(4);
  });
});

describe('circuits', () => {
  const open = requestOf({ uses: 'http.request', input: { url: 'https://api.example.com/a?token=hush' } });
  it.each<[string, boolean, Partial<TaskRequest>, string]>([
    ['the same host', true, { input: { url: 'https://api.example.com/b' } }, 'acme'],
    ['the same host by another plugin', true, { uses: '@a/b#c', input: { url: 'https://api.example.com' } }, 'acme'],
    ['another host', false, { input: { url: 'https://example.com' } }, 'acme'],
    ['another port', false, { input: { url: 'https://api.example.com:8443' } }, 'acme'],
    ['another tenant', false, {}, 'umbrella'],
    ['the plugin without a host', false, { input: {} }, 'acme'],
    ['a local module', false, { uses: './steps.ts#fetch' }, 'acme'],
  ])('are apart by host, plugin and tenant: %s is refused: %s', async (_name, isRefused, change, tenant) => {
    const { script, executor } = scripted();
    const breakers = createCircuitBreakers({ failureCount: 1 });
    script.answer = failing(busy);
    await expect(withCircuitBreaker(executor, { breakers, tenant: 'acme' }).execute(open, executionOf())).rejects.toBe(
      busy,
    );
    script.answer = () => Promise.resolve('fine');
    const second = withCircuitBreaker(executor, { breakers, tenant }).execute({ ...open, ...change }, executionOf());
    const answer = await second.catch((error: unknown) => (error as PluginError).details?.['target']);
    expect(answer).toBe(isRefused ? 'the host api.example.com' : 'fine');
  });

  it('forget closed ones of a tenant that calls many hosts, and no open ones of others', async () => {
    const { script, executor } = scripted();
    const breakers = createCircuitBreakers({ failureCount: 1, maxPerTenant: 3 });
    const call = (tenant: string, host: string): Promise<unknown> => {
      const request = requestOf({ uses: 'http.request', input: { url: `https://${host}` } });
      return withCircuitBreaker(executor, { breakers, tenant }).execute(request, executionOf());
    };
    script.answer = failing(busy);
    for (const tenant of ['greedy', 'modest']) await expect(call(tenant, 'down.example')).rejects.toBe(busy);
    script.answer = () => Promise.resolve('fine');
    for (let host = 0; host < 20; host += 1) await call('greedy', `${host}.example`);
    for (const tenant of ['greedy', 'modest']) {
      await expect(call(tenant, 'down.example')).rejects.toMatchObject({ code: 'IA_CIRCUIT_OPEN' });
    }
    script.answer = failing(busy);
    for (const host of ['a', 'b', 'c']) await expect(call('greedy', `${host}.example`)).rejects.toBe(busy);
    script.answer = () => Promise.resolve('fine');
    expect(await call('greedy', 'down.example')).toBe('fine');
    await expect(call('greedy', 'c.example')).rejects.toMatchObject({ code: 'IA_CIRCUIT_OPEN' });
  });
});
