import { describe, expect, it } from 'vitest';
import { isYaml, readYaml } from './yaml-source.ts';

const HELLO = `# A first pipeline
name: hello
steps:
  - id: greet
    uses: core.noop
    with: { text: "Hello", "a b": [1, 2] }
`;

describe('a definition in YAML', () => {
  it.each([HELLO, 'name: x', '- 1', '# {'])('is told from JSON: %j', (text) => {
    expect(isYaml(text)).toBe(true);
  });

  it.each(['{"name": "x"}', '\uFEFF [1]', '// comment\n{}', '', '  '])('is not %j', (text) => {
    expect(isYaml(text)).toBe(false);
  });

  it('says the same as JSON', () => {
    const { json, diagnostics } = readYaml(HELLO);
    expect(diagnostics).toEqual([]);
    expect(JSON.parse(json ?? '')).toEqual({
      name: 'hello',
      steps: [{ id: 'greet', uses: 'core.noop', with: { text: 'Hello', 'a b': [1, 2] } }],
    });
  });

  it.each([
    ['$', { line: 2, column: 1 }],
    ['$.steps[0].uses', { line: 5, column: 11 }],
    ['$.steps[0].with["a b"][1]', { line: 6, column: 39 }],
    ['$.steps[0].retry.max', { line: 4, column: 5 }],
  ])('knows where %s stands', (path, place) => {
    expect(readYaml(HELLO).locate(path)).toEqual(place);
  });

  it('says where its syntax is wrong', () => {
    const { json, diagnostics } = readYaml('name: "hello\nsteps: [');
    expect(json).toBeNull();
    expect(diagnostics[0]).toMatchObject({ code: 'IA_PIPELINE_SYNTAX', severity: 'error', line: expect.any(Number) });
  });

  it('keeps keys that would reach into a prototype, for the check to refuse', () => {
    expect(readYaml('__proto__:\n  isAdmin: true\n').json).toBe('{"__proto__":{"isAdmin":true}}');
  });

  it('is not larger in memory than its text lets expect', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    expect(readYaml(levels.join('\n')).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_SYNTAX' }]);
  });

  it.each(['[', '- ', '{a: ', '? '])('is not nested without end: %s', (opening) => {
    expect(readYaml(opening.repeat(5_000)).diagnostics).toMatchObject([{ code: 'IA_PIPELINE_TOO_DEEP' }]);
    const deep = Array.from({ length: 5_000 }, (_, depth) => `${' '.repeat(depth)}a:\n`);
    expect(readYaml(deep.join('').slice(0, 1_000_000)).json).toBeNull();
  });
});
