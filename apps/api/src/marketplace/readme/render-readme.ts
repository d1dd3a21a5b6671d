import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import markdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';
import { LruMap } from '../../lru-map.ts';

/** Readmes are shown from their beginning on, as far as this; what is longer is for an editor. */
export const MAX_README_CHARS = 50_000;
const MAX_HTML_CHARS = 300_000;
/** How deep lists and quotes go into each other. */
const MAX_NESTING = 20;
const ID_PREFIX = 'readme-';
const MAX_ID_CHARS = 80;

// Raw HTML is shown as the text that it is.
const markdown = markdownIt({ html: false, linkify: false, typographer: false, maxNesting: MAX_NESTING });

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const BLOCKS = ['p', 'br', 'hr', 'blockquote', 'pre', 'ul', 'ol', 'li'];
const WORDS = ['a', 'code', 'em', 'strong', 's'];
const TABLES = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];

/** The words of a heading, as part of an address. */
const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, MAX_ID_CHARS);

markdown.core.ruler.push('heading_ids', ({ tokens }) => {
  const taken = new Map<string, number>();
  for (const [place, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const slug = slugOf(tokens[place + 1]?.content ?? '') || 'section';
    const count = taken.get(slug) ?? 0;
    taken.set(slug, count + 1);
    token.attrSet('id', `${ID_PREFIX}${slug}${count === 0 ? '' : `-${count}`}`);
  }
});

// An image tells whoever serves it who reads: its words are shown in its place.
markdown.renderer.rules['image'] = (...[tokens, place, options, environment, renderer]) =>
  markdown.utils.escapeHtml(renderer.renderInlineAsText(tokens[place]?.children ?? [], options, environment));

/** Whatever is relative leads to a file of the package, which is not there. */
const ADDRESS = /^(?:#|https?:\/\/|mailto:)/i;

const OPTIONS: sanitizeHtml.IOptions = {
  allowedTags: [...HEADINGS, ...BLOCKS, ...WORDS, ...TABLES],
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    ol: ['start'],
    code: ['class'],
    ...Object.fromEntries(HEADINGS.map((tag) => [tag, ['id']])),
  },
  allowedClasses: { code: [/^language-[\w-]{1,30}$/] },
  allowedSchemes: ['https', 'http', 'mailto'],
  allowProtocolRelative: false,
  transformTags: {
    a: (tagName, { href = '', title }) => ({
      tagName,
      attribs: {
        ...(title !== undefined && { title }),
        ...(ADDRESS.test(href) && { href: href.startsWith('#') ? `#${ID_PREFIX}${href.slice(1)}` : href }),
        rel: 'nofollow noopener noreferrer',
      },
    }),
  },
};

/** Makes safe HTML of a readme: see docs/marketplace.md for what it keeps. What is very long ends early. */
export const renderReadme = (readme: string): string => {
  const html = markdown.render(cutAtLine(readme.toWellFormed(), MAX_README_CHARS));
  return sanitizeHtml(html.slice(0, MAX_HTML_CHARS), OPTIONS);
};

const cutAtLine = (text: string, maxChars: number): string => {
  if (text.length <= maxChars) return text;
  const end = text.lastIndexOf('\n', maxChars);
  return text.slice(0, end === -1 ? maxChars : end);
};

const rendered = new LruMap<string, string>({ maxEntries: 500, maxSize: 20_000_000 });
let turn: Promise<unknown> = Promise.resolve();

/** As {@link renderReadme}, remembered, and one after the other with a turn for everybody else in between. */
export const renderInTurn = async (readme: string): Promise<string> => {
  const key = createHash('sha256').update(readme).digest('base64');
  const mine = turn.then(() => nextTurn());
  if (rendered.get(key) === undefined) {
    turn = mine;
    await mine;
  }
  const html = rendered.get(key) ?? renderReadme(readme);
  rendered.set(key, html, html.length);
  return html;
};
