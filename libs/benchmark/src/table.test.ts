import { expect, test } from 'vitest';
import { replaceSection } from './report-section.ts';
import { formatTable } from './table.ts';

test('text stands left, numbers right with three digits', () => {
  expect(
    formatTable(
      ['what', 'ms'],
      [
        ['start', 1234.5],
        ['end', 0.012345],
      ],
    ),
  ).toBe(['| what  |     ms |', '| ----- | -----: |', '| start |   1235 |', '| end   | 0.0123 |'].join('\n'));
});

test('a section is replaced between its markers, the rest stays', () => {
  const document = '# Title\n\n<!-- a:start -->\nold\n<!-- a:end -->\n\nEnd\n';
  expect(replaceSection(document, 'a', 'new')).toBe('# Title\n\n<!-- a:start -->\n\nnew\n\n<!-- a:end -->\n\nEnd\n');
});

test('a section without markers is added at the end', () => {
  expect(replaceSection('# Title\n', 'a', 'new')).toBe('# Title\n\n<!-- a:start -->\n\nnew\n\n<!-- a:end -->\n');
});
