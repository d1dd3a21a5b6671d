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
  expect(found).toHaveLength(MAX_DIAGNOSTICS);
  expect(found[0]?.line).toBeLessThan(found[1]?.line ?? 0);
});
