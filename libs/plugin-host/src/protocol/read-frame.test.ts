import { type GuestFrame, PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';
import { readFrame } from './read-frame.ts';

/** Through the splitter, in pieces, as bytes of a guest come. */
const read = (text: string) => {
  const split = createLineSplitter();
  const bytes = Buffer.from(`${text}\n`);
  const frames: GuestFrame[] = [];
  for (let at = 0; at < bytes.length; at += 65_537) {
    split(bytes.subarray(at, at + 65_537), (line) => frames.push(readFrame(line)));
  }
  return frames[0];
};
const result = (output: string) => `{"type":"result","id":1,"output":${output}}`;
const nested = (depth: number) => result('['.repeat(depth) + ']'.repeat(depth));

describe('readFrame', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['"text with [[[ and {{{ and \\" and \\\\"', 'text with [[[ and {{{ and " and \\'],
    ['{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ['{"constructor":1}', { constructor: 1 }],
    [`"${'\\\\'.repeat(70_000)}["`, `${'\\'.repeat(70_000)}[`],
  ])('reads a result of %s', (text, output) => {
    expect(read(result(text))).toEqual({ type: 'result', id: 1, output });
  });

  it('reads as deep as the limit and no deeper', () => {
    expect(read(nested(PROTOCOL_LIMITS.frameDepth - 1))).toMatchObject({ type: 'result' });
    expect(() => read(nested(PROTOCOL_LIMITS.frameDepth))).toThrow('violation 2');
  });

  it.each<[number, string]>([
    [2, `{"type":"log","x":${'{"a":'.repeat(100)}`],
    [3, result(`[${'0,'.repeat(PROTOCOL_LIMITS.frameElements)}0]`)],
    [4, '{"type":"result"'],
    [4, ''],
    [5, '{}'],
    [5, '{"type":"result","id":0,"output":1}'],
    [5, '{"type":"result","id":1}'],
    [5, '{"type":"ready","protocol":2,"steps":[]}'],
    [5, '{"type":"progress","id":1,"fraction":2}'],
    [10, result('{"a":[{"__proto__":{}}]}')],
    [10, result('{"\\u005F_proto__":1}')],
    [10, '{"type":"plugin_call","id":1,"requestId":1,"uses":"a#b","input":{"__proto__":1}}'],
    [10, result('{"\\u005f_proto__":1}')],
  ])('refuses with violation %d: %.60s', (number, text) => {
    expect(() => read(text)).toThrow(`violation ${number}`);
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => readFrame(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('violation 4');
  });
});
