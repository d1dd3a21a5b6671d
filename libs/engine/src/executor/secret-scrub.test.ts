import { expect, it } from 'vitest';
import { createSecretScrub } from './secret-scrub.ts';

const LARGE = Array.from({ length: 4_000 }, (_, index) => `line ${index}`).join('\n');

it('masks values as large as they may be, in whatever form they stand', () => {
  const { text } = createSecretScrub([LARGE, 'short-one']);
  expect(text(`a ${LARGE} b short-one`)).toBe('a *** b ***');
  expect(text(encodeURIComponent(LARGE))).toBe('***');
  expect(text(JSON.stringify(LARGE))).toBe('"***"');
  expect(text(Buffer.from(LARGE).toString('base64'))).toContain('***');
  expect(text(Buffer.from(LARGE).toString('hex'))).toBe('***');
});

it('masks a value without the blank space around it', () => {
  expect(createSecretScrub(['from-a-file\n']).text('it is from-a-file.')).toBe('it is ***.');
});

it('masks a value within texts that are sent on in another form', () => {
  const value = 'k3y "é" +/?&';
  const { text } = createSecretScrub([value]);
  const document = JSON.stringify({ inner: JSON.stringify({ value }) });
  const query = `?q=${encodeURIComponent(value)}`;
  for (const sent of [document, query]) {
    expect(decodeURIComponent(text(encodeURIComponent(sent)))).toContain('***');
    expect(text(encodeURIComponent(sent))).not.toContain('k3y');
    expect(
      Buffer.from(text(Buffer.from(sent).toString('base64')).split('***')[0] ?? '', 'base64').toString(),
    ).not.toContain('k3y');
    expect(text(Buffer.from(sent).toString('hex'))).not.toContain(Buffer.from('k3y').toString('hex'));
  }
});
