import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { toRecordedError } from './recorded-error.ts';

it('keeps code, hint and details of a platform error, and what it says about retrying', () => {
  const error = new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: 'late',
    hint: 'wait',
    disposition: 'timeout',
    details: { ms: 5 },
  });
  expect(toRecordedError(error)).toEqual({
    name: 'TimeoutError',
    code: 'IA_TASK_TIMEOUT',
    message: 'late',
    hint: 'wait',
    retryable: true,
    details: { ms: 5 },
  });
  expect(toRecordedError(new PlatformError({ code: 'IA_TASK_FAILED', message: 'no' })).retryable).toBe(false);
});

it('takes any other error as retryable unless it says otherwise', () => {
  expect(toRecordedError(new TypeError('bad'))).toEqual({
    name: 'TypeError',
    code: 'IA_TASK_FAILED',
    message: 'bad',
    retryable: true,
  });
  expect(toRecordedError(Object.assign(new Error('bad'), { retryable: false })).retryable).toBe(false);
});

it('makes an error of whatever was thrown', () => {
  expect(toRecordedError('plain text').message).toBe('plain text');
  expect(toRecordedError({ any: 1 }).message).toBe('A step threw a value that is no error.');
});

it.each([
  ['a name that is no text', Object.assign(new Error('bad'), { name: 5 }), 'bad'],
  ['a message that is no text', Object.assign(new Error('bad'), { message: { reason: 'card' } }), '{"reason":"card"}'],
  [
    'a message that JSON can not hold',
    Object.assign(new Error('bad'), { message: 10n }),
    'A step threw a value that is no error.',
  ],
  [
    'a message that can not be read',
    Object.defineProperty(new Error('bad'), 'message', {
      get: () => {
        throw new Error('unreadable');
      },
    }),
    'A step threw a value that is no error.',
  ],
  [
    'a proxy that answers nothing',
    new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('unreadable');
        },
      },
    ),
    'A step threw a value that is no error.',
  ],
])('records an error with %s', (_what, thrown, message) => {
  expect(toRecordedError(thrown)).toEqual({ name: 'Error', code: 'IA_TASK_FAILED', message, retryable: true });
});

it('never records credentials', () => {
  const text = [
    'GET https://user:hunter22@example.org/ failed',
    'Authorization: Bearer abc.def.ghi',
    'api_key=sk_live_1234',
    '"client_secret": "s3cr3t-value"',
    'password=correcthorse',
    'MY_access_token: qwertyuiop',
  ].join(' and ');
  const recorded = JSON.stringify(
    toRecordedError(
      new PlatformError({ code: 'IA_TASK_FAILED', message: text, hint: text, details: { text, token: 'tok_123456' } }),
    ),
  );
  for (const secret of [
    'hunter22',
    'abc.def.ghi',
    'sk_live_1234',
    's3cr3t-value',
    'correcthorse',
    'qwertyuiop',
    'tok_123456',
  ]) {
    expect(recorded).not.toContain(secret);
  }
  expect(toRecordedError(new Error('the token expired yesterday')).message).toBe('the token expired yesterday');
});

it('bounds the message and drops details that JSON can not hold', () => {
  expect(toRecordedError(new Error('x'.repeat(10_000))).message.length).toBeLessThan(2_100);
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(
    toRecordedError(new PlatformError({ code: 'IA_TASK_FAILED', message: 'm', details: circular })),
  ).not.toHaveProperty('details');
});

it.each(['a-', 'a.', 'a:', '://', 'token ', 'bearer '])('takes a long text of %j', (part) => {
  expect(toRecordedError(new Error(part.repeat(500_000))).message).toMatch(/…$/);
});
