import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guestFrameSchema, hostFrameSchema, VIOLATIONS } from '../src/protocol.ts';

const page = readFileSync(new URL('../../../docs/protocol/plugin.md', import.meta.url), 'utf8');
const rows = page.matchAll(/^\| (?:`(\w+)`|(\d+)) \| /gm).toArray();

describe('the page of the plugin protocol', () => {
  it('numbers the violations as the code does', () => {
    expect(rows.flatMap(([, , number]) => number ?? [])).toEqual(Object.keys(VIOLATIONS));
  });

  it('names every frame', () => {
    const types = [...guestFrameSchema.options, ...hostFrameSchema.options].map((frame) => frame.shape.type.value);
    expect(rows.flatMap(([, type]) => type ?? []).toSorted()).toEqual(types.toSorted());
  });
});
