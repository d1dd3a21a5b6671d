import { describe, expect, test } from 'vitest';
import { createMessageCheck } from './check-messages.ts';

const message = (type: string, body: string): Buffer => {
  const bytes = Buffer.from(body, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength + 4);
  return Buffer.concat([Buffer.from(type), length, bytes]);
};

const GOOD = Buffer.concat([
  message('R', '\0\0\0\0'),
  message('R', '\0\0\0\u000aSCRAM-SHA-256\0\0'),
  message('S', 'TimeZone\0UTC\0'),
  message('Z', 'I'),
  message('T', `\0\u0002id\0${'.'.repeat(18)}name\0${'.'.repeat(18)}`),
  message('D', '\0\u0001\0\0\0\u0001x'),
  message('C', 'SELECT 1\0'),
  message('E', 'SERROR\0C42601\0Mno\0\0'),
]);

describe('what a server sends', () => {
  test('passes in pieces of any size', () => {
    const passIn = (size: number): void => {
      const check = createMessageCheck(() => 100);
      for (let at = 0; at < GOOD.byteLength; at += size) check(GOOD.subarray(at, at + size));
    };
    for (const size of [1, 2, 3, 7, GOOD.byteLength]) expect(() => passIn(size)).not.toThrow();
  });

  test.each([
    ['an error without an end', message('E', 'Sxx')],
    ['an error whose texts have no end', message('E', 'SERROR\0')],
    ['more columns than are described', message('T', '\x7d\0')],
    ['a command without an end', message('C', 'SELECT')],
    ['a parameter without a value', message('S', 'TimeZone\0')],
    ['ways to sign in without an end', message('R', '\0\0\0\u000aSCRAM-SHA-256')],
    ['a length that is none', Buffer.from([0x5a, 0, 0, 0, 0])],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => createMessageCheck(() => 100)(Buffer.concat([GOOD, bytes]))).toThrow('malformed');
  });

  test('is refused when a row is too large, before it is there', () => {
    const check = createMessageCheck(() => 100);
    check(message('D', 'x'.repeat(100)));
    const announced = message('D', 'x'.repeat(101)).subarray(0, 5);
    expect(() => check(announced)).toThrow(expect.objectContaining({ code: 'IA_PLUGIN_LIMIT' }));
  });
});
