import { expect, it } from 'vitest';
import { printable, printableJson } from './printable.ts';
import { formatTable } from './table.ts';

const plain = (_style: unknown, text: string): string => text;

it('aligns columns by what a terminal shows', () => {
  const table = {
    titles: ['ID', 'NAME'],
    rows: [
      ['日本', 'a'],
      ['x', 'b'],
    ],
  };
  expect(formatTable(table, plain)).toBe('ID    NAME\n日本  a\nx     b\n');
});

it('is empty without rows', () => {
  expect(formatTable({ titles: ['ID'], rows: [] }, plain)).toBe('');
});

it('lets nobody steer the terminal', () => {
  expect(printable('\u001B[2Jgone\u0007\n\u202Eback')).toBe('gone back');
  expect(printableJson('x'.repeat(300))).toHaveLength(200);
});
