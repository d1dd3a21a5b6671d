import { describe, expect, it } from 'vitest';
import { MAX_README_CHARS, renderInTurn, renderReadme } from './render-readme.ts';
import { README_ATTACKS } from './readme-attacks.ts';

/** All that rendered readmes are made of; what else looks like a tag has to be text. */
const TAG =
  /^<(?:\/?(?:h[1-6]|p|blockquote|pre|code|em|strong|s|ul|ol|li|a|table|thead|tbody|tr|th|td)|br \/|hr \/|h[1-6] id="readme-[^"<>]*"|ol start="\d+"|code class="language-[\w-]+"|a(?: title="[^"<>]*")?(?: href="(?:https?:\/\/|mailto:|#readme-)[^"<>]*")? rel="nofollow noopener noreferrer")>$/i;

const tagsOf = (html: string): string[] => html.match(/<[^>]*>?/g) ?? [];

describe('a readme', () => {
  it('keeps headings, lists, links, tables and code', () => {
    const html = renderReadme(
      '# Read me\n\n- *a*\n- **b** `c`\n\n[site](https://example.com "Title") and [below](#more)\n\n| x | y |\n| - | - |\n| 1 | 2 |\n\n```ts\nconst a = 1 < 2;\n```\n\n## More\n\n## More\n',
    );
    expect(html).toContain('<h1 id="readme-read-me">Read me</h1>');
    expect(html).toContain('<li><strong>b</strong> <code>c</code></li>');
    expect(html).toContain('<a title="Title" href="https://example.com" rel="nofollow noopener noreferrer">site</a>');
    expect(html).toContain('<a href="#readme-more" rel="nofollow noopener noreferrer">below</a>');
    expect(html).toContain('<td>2</td>');
    expect(html).toContain('<code class="language-ts">const a = 1 &lt; 2;');
    expect(html).toContain('<h2 id="readme-more-1">More</h2>');
  });

  it('shows the words of an image in its place', () => {
    expect(renderReadme('![Build *passes*](https://track.example.com/p.gif)')).toBe('<p>Build passes</p>\n');
  });

  it.each(README_ATTACKS)('gives nothing that runs for %j', (attack) => {
    const html = renderReadme(attack);
    expect(tagsOf(html).filter((tag) => !TAG.test(tag))).toEqual([]);
  });
});

const REPEATS = [
  '[',
  '![',
  '*a ',
  '**a',
  '_a_',
  '`',
  '<',
  '<!--',
  '> ',
  '- ',
  '[a](',
  '|a',
  '\\',
  '&',
  '~~',
  '![[]()',
  '[a]: b\n',
  '# a\n',
  '1. ',
  '\t',
];

describe('a readme that is made to take long', () => {
  it.each(REPEATS)('of %j again and again ends', (part) => {
    const readme = part.repeat(Math.ceil((4 * MAX_README_CHARS) / part.length));
    const html = renderReadme(readme);
    expect(html.length).toBeLessThan(1_000_000);
  });
});

it('readmes are rendered one at a time, and others are served in between', async () => {
  const order: string[] = [];
  const long = '# a\n'.repeat(MAX_README_CHARS / 4);
  const rendered = Promise.all(
    [0, 1, 2].map((place) => renderInTurn(`${place}${long}`).then(() => order.push('rendered'))),
  );
  const serve = (left: number): void => {
    order.push('served');
    if (left > 0) setImmediate(serve, left - 1);
  };
  setImmediate(serve, 10);
  await rendered;
  expect(order.indexOf('served')).toBeLessThan(order.lastIndexOf('rendered'));
  expect(order.slice(order.indexOf('rendered'), order.lastIndexOf('rendered'))).toContain('served');
  expect(await renderInTurn('*a*')).toBe(renderReadme('*a*'));
});
