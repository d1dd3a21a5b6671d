import { expect, it } from 'vitest';
import { toJson } from './to-json.ts';

it('turns what an evaluator returns into JSON', () => {
  const value = new Map<unknown, unknown>([
    ['n', 3n],
    [2n, [null, true, 'x', new Date(0)]],
    ['o', Object.assign(Object.create(null), { k: 1.5 })],
  ]);
  expect(toJson(value)).toEqual({ n: 3, 2: [null, true, 'x', '1970-01-01T00:00:00.000Z'], o: { k: 1.5 } });
});

it.each([[undefined], [() => 1], [Number.NaN], [2n ** 60n], [new Uint8Array(1)]])('refuses %s', (value) => {
  expect(() => toJson(value)).toThrow(expect.objectContaining({ code: 'IA_EXPRESSION_FAILED' }));
});
