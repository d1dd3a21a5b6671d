import { describe, expect, it } from 'vitest';
import { proposeSlug } from './tenant-slug.ts';

describe('proposeSlug', () => {
  it.each([
    ['Acme', 'acme'],
    ['Grace & Sons, Ltd.', 'grace-sons-ltd'],
    ['Café Zürich', 'cafe-zurich'],
    ['  --x--  ', 'x'],
    ['日本', ''],
  ])('turns %j into %j', (name, slug) => {
    expect(proposeSlug(name)).toBe(slug);
  });

  it('keeps it short', () => {
    expect(proposeSlug('a'.repeat(100))).toHaveLength(40);
  });
});
