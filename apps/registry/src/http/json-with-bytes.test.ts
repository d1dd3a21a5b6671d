import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseJsonWithBytes } from './json-with-bytes.ts';

const bytes = randomBytes(3 * 1024 * 1024 + 1);
const parse = (text: string) => parseJsonWithBytes(Buffer.from(text), 10_000);

it('puts bytes in the place of long base64, and leaves the rest as JSON has it', async () => {
  const value = {
    'a "b\\': '\\"',
    data: bytes.toString('base64'),
    after: ['é', { more: randomBytes(8).toString('base64') }],
  };
  const parsed = await parse(JSON.stringify(value));
  expect(parsed).toEqual({ ...value, data: expect.any(Buffer) });
  expect(bytes.equals((parsed as { data: Buffer }).data)).toBe(true);
});

it.each([1, 2, 3])('decodes what ends in any padding (%i)', async (extra) => {
  const own = randomBytes(99_999 + extra);
  const { data } = (await parse(JSON.stringify({ data: own.toString('base64') }))) as { data: Buffer };
  expect(own.equals(data)).toBe(true);
});

it.each([
  ['a long text that is no base64', JSON.stringify({ data: '!'.repeat(100_000) })],
  ['a long text with escapes', JSON.stringify({ data: '\n'.repeat(100_000) })],
  ['more text than it may', JSON.stringify(Array.from({ length: 2_000 }, () => 'words'))],
  ['a text that never ends', `{"data":"${'A'.repeat(100_000)}`],
  ['no JSON', '{'],
])('refuses %s', async (_name, text) => {
  await expect(parse(text)).rejects.toThrow(SyntaxError);
});
