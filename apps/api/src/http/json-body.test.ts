import { expect, test } from 'vitest';
import { findJsonExcess, parseJson } from './json-body.ts';

const excessOf = (text: string): string | null => findJsonExcess(Buffer.from(text));

test('nesting and the number of values have a limit', () => {
  expect(excessOf('['.repeat(128) + ']'.repeat(128))).toBeNull();
  expect(excessOf('[{"a":'.repeat(65))).toContain('nested');
  expect(excessOf(`[${'0,'.repeat(100_001)}0]`)).toContain('values');
  expect(excessOf(`[${'[],'.repeat(1_000)}[]]`)).toBeNull();
});

test('what stands in a string does not count', () => {
  expect(excessOf(JSON.stringify({ a: `"${'['.repeat(500)}\\`, b: '\\"[' }))).toBeNull();
  expect(excessOf(`"\\"${'['.repeat(500)}`)).toBeNull();
});

test('what is not JSON is refused without its words', () => {
  expect(parseJson(Buffer.from('{"secret'))).toEqual({
    refusal: { status: 400, code: 'IA_API_INVALID', message: 'The body is not JSON.' },
  });
});
