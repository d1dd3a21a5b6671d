import { expect, test } from 'vitest';
import { renderPermissionTable, withPermissionTable } from './permission-table.ts';

const TABLE = {
  roles: ['owner', 'viewer'],
  permissions: {
    'run.read': { roles: ['owner', 'viewer'], scope: 'RUNS_READ' },
    'approval.decide': { roles: ['owner'], scope: 'APPROVALS_WRITE', forPeople: true },
  },
};

test('a role has a mark where it may', () => {
  expect(renderPermissionTable(TABLE).split('\n').slice(2)).toEqual([
    '| `run.read` | ● | ● | as its role | `RUNS_READ` |',
    '| `approval.decide` | ● |  | never | `APPROVALS_WRITE` |',
    '',
  ]);
});

test('the table is put between its marks, whatever stood there', () => {
  const page = 'Before\n<!-- permissions: begin -->\nold\n<!-- permissions: end -->\nAfter\n';
  const renewed = withPermissionTable(page, TABLE);
  expect(renewed).toContain(renderPermissionTable(TABLE));
  expect([renewed.startsWith('Before\n'), renewed.includes('old'), renewed.endsWith('After\n')]).toEqual([
    true,
    false,
    true,
  ]);
  expect(withPermissionTable(renewed, TABLE)).toBe(renewed);
  expect(() => withPermissionTable('Nothing\n', TABLE)).toThrow('no marks');
});
