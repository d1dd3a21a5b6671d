import { describe, expect, it } from 'vitest';
import { rollUp } from './roll-up.ts';

const files = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries).map(([name, text]) => [`/api/${name}`, text]));

describe('rollUp', () => {
  it('gathers what is exported and what that names, sorted and without comments', () => {
    const text = rollUp(
      '/api/index.d.ts',
      files({
        'index.d.ts': `export { make } from './make.ts';`,
        'make.d.ts': `import type { z } from 'zod';
          import { type Size } from './size.ts';
          /** Says more. */
          export type Made = { readonly Unused: Size; /* why */ readonly schema: z.ZodType };
          export declare const make: (size: Size) => Made;
          export declare const Unused: number;`,
        'size.d.ts': `type Unit = 'm' | 'km';\nexport type Size = { readonly value: number; readonly unit: Unit };`,
      }),
    );
    expect(text.split('\n\n').map((part) => part.trim())).toEqual([
      `import { z } from 'zod';`,
      'export declare const make: (size: Size) => Made;',
      '// Named by the types above.',
      'type Made = { readonly Unused: Size;  readonly schema: z.ZodType };',
      'type Size = { readonly value: number; readonly unit: Unit };',
      `type Unit = 'm' | 'km';`,
      'export {};',
    ]);
  });

  it('refuses an export under another name', () => {
    const renamed = files({ 'index.d.ts': `export { a as b } from './a.ts';`, 'a.d.ts': 'export declare const a: 1;' });
    expect(() => rollUp('/api/index.d.ts', renamed)).toThrow('a is exported as b');
  });

  it('refuses two types of one name, which one text can not hold', () => {
    const twice = files({
      'index.d.ts': `export { a } from './a.ts'; export { b } from './b.ts';`,
      'a.d.ts': `type Same = 1; export declare const a: Same;`,
      'b.d.ts': `type Same = 2; export declare const b: Same;`,
    });
    expect(() => rollUp('/api/index.d.ts', twice)).toThrow('Same is declared in /api/a.d.ts and /api/b.d.ts');
  });
});
