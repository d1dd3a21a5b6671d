import markdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

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
markdown.renderer.rules['image'] = (tokens, place, options, environment, renderer) => {
  const { children } = tokens[place] ?? {};
  return markdown.utils.escapeHtml(renderer.renderInlineAsText(children ?? [], options, environment));
};

const OPTIONS: sanitizeHtml.IOptions = {
  allowedTags: [
    ...HEADINGS,
    ...['p', 'br', 'hr', 'blockquote', 'pre', 'code', 'em', 'strong', 's', 'ul', 'ol', 'li', 'a'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
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
    a: (tagName, { href = '', ...attributes }) => ({
      tagName,
      attribs: {
        ...attributes,
        href: href.startsWith('#') ? `#${ID_PREFIX}${href.slice(1)}` : href,
        rel: 'nofollow noopener noreferrer',
      },
    }),
  },
};

/** Makes safe HTML of a readme: see docs/marketplace.md for what it keeps. What is very long ends early. */
export const renderReadme = (readme: string): string => {
  const source =
    readme.length > MAX_README_CHARS ? readme.slice(0, readme.lastIndexOf('\n', MAX_README_CHARS)) : readme;
  const html = markdown.render(source.toWellFormed());
  return sanitizeHtml(html.length > MAX_HTML_CHARS ? html.slice(0, MAX_HTML_CHARS) : html, OPTIONS);
};
