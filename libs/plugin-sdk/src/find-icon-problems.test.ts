import { expect, it } from 'vitest';
import { findIconProblems } from './find-icon-problems.ts';

const problemsOf = (text: string): readonly string[] =>
  findIconProblems(new TextEncoder().encode(text)).map(({ message }) => message);
const around = (content: string, attributes = ''): string =>
  `<svg xmlns="http://www.w3.org/2000/svg"${attributes}>${content}</svg>`;

it.each([
  ['a path', around('<path d="M0 0h24v24H0z" fill="#abc"/>')],
  ['a declaration, comments and spaces', `<?xml version="1.0" encoding="UTF-8"?>\n<!-- a-b -->\n${around('')}\n`],
  ['references to itself', around(`<g id="a"/><use xlink:href='#a' fill="url( #b )" filter="url('#c')"/>`)],
  ['a style', around('<style>.a{fill:url(#g)} @media (prefers-color-scheme: dark){.a{fill:&#35;fff}}</style>')],
  ['a title with references', around('<title>Fish &amp; chips &lt; 3</title>')],
])('takes %s', (_name, text) => {
  expect(problemsOf(text)).toEqual([]);
});

it.each([
  ['a script', around('<script>alert(1)</script>'), 'has <script>, which an icon may not have'],
  ['a script by a prefix', around('<s:script/>', ' xmlns:s="http://www.w3.org/2000/svg"'), 'has <s:script>'],
  ['an event handler', around('<path onload="x()"/>'), 'has the attribute onload, which runs code'],
  ['an event handler of the root', around('', ' ONLOAD="x()"'), 'has the attribute ONLOAD'],
  ['a link', around('<a href="#x"/>'), 'has <a>, which an icon may not have'],
  ['foreign content', around('<foreignObject/>'), 'has <foreignObject>'],
  ['an image', around('<image href="#x"/>'), 'has <image>'],
  ['an animation', around('<animate attributeName="href"/>'), 'has <animate>'],
  ['HTML by a namespace', around('<g xmlns="http://www.w3.org/1999/xhtml"/>'), 'another language than SVG'],
  ['a reference elsewhere', around('<use href="data:image/svg+xml,x"/>'), 'refers to href outside of itself'],
  ['a reference in disguise', around('<use x:href="&#106;avascript:x"/>'), 'refers to x:href outside of itself'],
  ['another base', around('<use xml:base="//evil.example" href="#x"/>'), 'has the attribute xml:base'],
  ['a URL', around('<path fill="url(//evil.example/x)"/>'), 'refers to a URL in fill'],
  ['a URL in disguise', around('<path fill="&#x75;rl(&quot; //evil.example)"/>'), 'refers to a URL in fill'],
  [
    'an escape of CSS',
    around('<path style="fill:u\\72l(//evil.example)"/>'),
    'a style that may load something in style',
  ],
  ['an import', around('<style>@import "//evil.example"</style>'), 'has a style that may load something'],
  ['a URL in a style', around('<style>a{fill:url(//evil.example)}</style>'), 'refers to a URL'],
  ['a document type', `<!DOCTYPE svg>${around('')}`, 'has a document type'],
  ['a stylesheet', `<?xml-stylesheet href="//evil.example"?>${around('')}`, 'has a processing instruction'],
  ['another encoding', `<?xml version="1.0" encoding="UTF-7"?>${around('')}`, 'has a processing instruction'],
  ['CDATA', around('<title><![CDATA[><script>]]></title>'), 'has a CDATA section'],
  ['a comment that HTML ends earlier', around('<!--><script>x</script>-->'), 'is no well-formed XML'],
  ['elements in a title', around('<title><style>x</style></title>'), 'has <style> in <title>'],
  ['an element that is not closed', '<svg><g>', 'does not close <g>'],
  ['elements that cross', '<svg><g></svg></g>', 'closes something else than <g>'],
  ['an unknown reference', around('<title>&nbsp;</title>'), 'has a character reference'],
  ['a lone ampersand', around('<path d="&"/>'), 'has a character reference in d'],
  ['an attribute without quotes', around('<path d=1/>'), 'is no well-formed XML'],
  ['an attribute twice', around('<path d="" d=""/>'), 'has the attribute d twice'],
  ['a second root', '<svg/><svg/>', 'has <svg> after its end'],
  ['text around', '<svg/>x', 'has text outside of <svg>'],
  ['another document', '<html/>', 'begins with <html>, not with <svg>'],
  ['nothing', '', 'has no <svg>'],
  ['a NUL', around('\0'), 'has a control character'],
  ['too much', around(`<path d="${'M0 0'.repeat(8_192)}"/>`), 'is larger than 32768 bytes'],
])('refuses %s', (_name, text, problem) => {
  expect(problemsOf(text).join('\n')).toContain(problem);
});

it('refuses bytes that are no UTF-8', () => {
  expect(findIconProblems(Uint8Array.of(0xff, 0xfe))).toMatchObject([{ message: 'is no UTF-8 text' }]);
});

it('tells where a problem is', () => {
  expect(findIconProblems(new TextEncoder().encode('<svg>\n  <script/>\n</svg>'))).toMatchObject([
    { line: 2, column: 3 },
  ]);
});
