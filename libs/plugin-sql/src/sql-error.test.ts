import { expect, it } from 'vitest';
import { sqlError } from './sql-error.ts';

const sqlite = (errcode: number, message: string) => Object.assign(new Error(message), { errcode });
const postgres = (code: string, message: string) => Object.assign(new Error(message), { code });

it.each([
  [sqlite(13, 'database or disk is full'), { name: 'LimitError', code: 'IA_PLUGIN_LIMIT', retryable: false }],
  [sqlite(7, 'out of memory'), { name: 'LimitError', code: 'IA_PLUGIN_LIMIT', retryable: false }],
  [sqlite(2067, 'not unique'), { name: 'UniqueViolationError', code: 'IA_PLUGIN_FAILED', details: { code: 2067 } }],
  [postgres('23505', 'not unique'), { name: 'UniqueViolationError', code: 'IA_PLUGIN_FAILED', retryable: false }],
  [postgres('40001', 'could not serialize'), { name: 'ConflictError', retryable: true, details: { code: '40001' } }],
  [postgres('ECONNRESET', 'read'), { name: 'NetworkError', code: 'IA_PLUGIN_NET_FAILED', retryable: true }],
])('tells what kind of failure it is: %s', (error, told) => {
  expect(sqlError(error, [])).toMatchObject(told);
});

it('shows nothing of what was bound', () => {
  expect(sqlError(postgres('23505', 'Key (mail)=(ann@example.com) exists'), ['ann@example.com'])).toMatchObject({
    message: 'The database refused: Key (mail)=(…) exists',
  });
});
