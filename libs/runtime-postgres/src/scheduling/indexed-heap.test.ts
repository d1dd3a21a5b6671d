import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexedHeap } from './indexed-heap.ts';

type Item = { readonly name: number; order: number };

const isBefore = (a: Item, b: Item): boolean => a.order < b.order || (a.order === b.order && a.name < b.name);

test('the first is the least of what is in, whatever was put, moved and taken out', () => {
  const step = fc.record({ name: fc.nat(20), order: fc.nat(10), isRemoved: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new IndexedHeap<Item>(isBefore);
      const items = new Map<number, Item>();
      for (const { name, order, isRemoved } of steps) {
        const item = items.get(name) ?? { name, order };
        if (isRemoved) {
          heap.remove(item);
          items.delete(name);
        } else {
          item.order = order;
          items.set(name, item);
          heap.put(item);
        }
        const ascending = [...items.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
        expect(heap.size).toBe(ascending.length);
        expect(heap.peek()).toBe(ascending[0]);
      }
    }),
  );
});
