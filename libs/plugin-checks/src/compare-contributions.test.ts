import { expect, it } from 'vitest';
import { compareContributions } from './compare-contributions.ts';

const step = (name: string, title: string) => ({ kind: 'step', name, title, description: '' }) as const;
const declared = { steps: [{ name: 'count', title: 'Count', description: '' }] };

it('finds nothing where manifest and code agree', () => {
  expect(compareContributions(declared, [step('count', 'Count')])).toEqual([]);
});

it('names what only one of them has, and the fields that differ', () => {
  const found = compareContributions({ ...declared, hooks: [{ name: 'told' }] }, [
    step('count', 'Counts'),
    step('sum', 'Sum'),
  ]);
  expect(found).toEqual([
    { list: 'steps', name: 'count', change: 'changed', fields: ['title'], index: 0 },
    { list: 'steps', name: 'sum', change: 'added', fields: [], index: undefined },
    { list: 'hooks', name: 'told', change: 'removed', fields: [], index: 0 },
  ]);
});
