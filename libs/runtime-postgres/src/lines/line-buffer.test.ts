import { expect, test } from 'vitest';
import { createLineBuffer } from './line-buffer.ts';
import type { StoredLine } from './stored-line.ts';

const RUN = { tenantId: 't', runId: 'r' };
const OTHER = { tenantId: 'u', runId: 's' };

const line = (message: string, change: Partial<StoredLine> = {}): StoredLine => ({
  at: 1,
  level: 'info',
  message,
  stepId: 'a',
  attempt: 1,
  ...change,
});

const messages = (lines: readonly StoredLine[] | undefined): string[] => (lines ?? []).map(({ message }) => message);

test('gives the lines of each run in order, once', () => {
  const buffer = createLineBuffer();
  buffer.add(RUN, line('1'));
  buffer.add(OTHER, line('other'));
  buffer.add(RUN, line('2'));
  expect(buffer.takeAll().map(({ runId, lines }) => [runId, messages(lines)])).toEqual([
    ['r', ['1', '2']],
    ['s', ['other']],
  ]);
  expect(buffer.takeAll()).toEqual([]);
});

test('keeps of the reports of progress the last one of each attempt', () => {
  const buffer = createLineBuffer();
  buffer.add(RUN, line('10 %', { level: 'progress', at: 1 }));
  buffer.add(RUN, line('said', { at: 2 }));
  buffer.add(RUN, line('b', { level: 'progress', stepId: 'b', at: 3 }));
  buffer.add(RUN, line('90 %', { level: 'progress', at: 4 }));
  expect(messages(buffer.takeAll()[0]?.lines)).toEqual(['said', 'b', '90 %']);
});

test('counts what finds no room, and what one tenant fills is not taken from another', () => {
  const buffer = createLineBuffer({ totalBytes: 3_000, tenantBytes: 1_000 });
  for (let count = 0; count < 10; count += 1) buffer.add(RUN, line('x'.repeat(100)));
  buffer.add(OTHER, line('fits'));
  expect(buffer.takeAll().map(({ lines, dropped }) => [lines.length, dropped])).toEqual([
    [3, 7],
    [1, 0],
  ]);
  buffer.add(RUN, line('again'));
  expect(buffer.takeAll()[0]?.dropped).toBe(0);
});
