import { expect, it } from 'vitest';
import { DiagnosticList, formatPath, MAX_DIAGNOSTICS } from './diagnostic.ts';

it('prints paths as JSON path', () => {
  expect(formatPath([])).toBe('$');
  expect(formatPath(['steps', 2, 'with', 'a-b', 'c'])).toBe('$.steps[2].with["a-b"].c');
});

it('lists findings in source order and stops growing', () => {
  const list = new DiagnosticList(([line]) => ({ line: Number(line), column: 1 }));
  for (let line = MAX_DIAGNOSTICS + 5; line > 0; line -= 1) {
    list.add({ code: 'IA_PIPELINE_SHAPE', severity: 'warning', path: [line], message: 'm' });
  }
  expect(list.hasErrors).toBe(false);
  list.add({ code: 'IA_PIPELINE_SHAPE', path: [1], message: 'm' });
  expect(list.hasErrors).toBe(true);
  const found = list.list();
  expect(found).toHaveLength(MAX_DIAGNOSTICS + 1);
  expect(found.at(-1)).toMatchObject({ code: 'IA_PIPELINE_MORE', message: '6 more findings are not listed.' });
  expect(found[0]?.line).toBeLessThan(found[1]?.line ?? 0);
});

it('never hides an error behind lesser findings', () => {
  const list = new DiagnosticList();
  const add = (severity: 'error' | 'info'): void =>
    list.add({ code: 'IA_PIPELINE_SHAPE', severity, path: [], message: severity });
  for (let count = 0; count < MAX_DIAGNOSTICS; count += 1) add('info');
  for (let count = 0; count < 3; count += 1) add('error');
  expect(list.list().filter(({ severity }) => severity === 'error')).toHaveLength(3);
  for (let count = 0; count < MAX_DIAGNOSTICS; count += 1) add('error');
  add('info');
  const found = list.list();
  expect(found).toHaveLength(MAX_DIAGNOSTICS + 1);
  expect(found.slice(0, -1).every(({ severity }) => severity === 'error')).toBe(true);
});

it('tells findings about another form of the document where the source says it', () => {
  const list = new DiagnosticList(([key]) => ({ line: key === 'old' ? 7 : 1, column: 1 }));
  list.speakOf({ toSource: ([, ...rest]) => ['old', ...rest], isReported: ([, key]) => key === 'known' });
  list.add({ code: 'IA_PIPELINE_SHAPE', path: ['new', 'a'], message: 'm' });
  list.add({ code: 'IA_PIPELINE_SHAPE', path: ['new', 'known'], message: 'm' });
  expect(list.list()).toMatchObject([{ path: '$.old.a', line: 7 }]);
});
