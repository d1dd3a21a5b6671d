import { PACKAGE_LIMITS } from './package-rules.ts';

/** `line` and `column` count from 1. */
export type IconProblem = { readonly message: string; readonly line: number; readonly column: number };

const NAMESPACE = 'http://www.w3.org/2000/svg';
/** What draws. Scripts, links, animations, raster images and documents of others are not among them. */
const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon text tspan textPath ' +
    'linearGradient radialGradient stop pattern clipPath mask marker filter feBlend feColorMatrix feComponentTransfer ' +
    'feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB ' +
    'feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight ' +
    'feTile feTurbulence'
  ).split(' '),
);
/** HTML reads what stands in them by rules of its own. */
const TEXT_ONLY: ReadonlySet<string> = new Set(['title', 'desc', 'style']);
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const MAX_PROBLEMS = 20;

const DECLARATION =
  /<\?xml\s+version=["']1\.0["'](?:\s+encoding=["']utf-8["'])?(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>/iy;
/** Ends where HTML ends it, too. */
const COMMENT = /<!--(?!-?>)(?:[^-]|-(?!-))*-->/y;
const OPEN = /<([A-Za-z_][\w.-]*(?::[\w.-]+)?)/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.-]*(?::[\w.-]+)?)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const OPEN_END = /\s*(\/?)>/y;
const CLOSE = /<\/([A-Za-z_][\w.-]*(?::[\w.-]+)?)\s*>/y;
const TEXT = /[^<]+/y;
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));|&/gi;
const CONTROL = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/u;
const STYLE_LOADS = /@import|\\|(?:image|image-set|cross-fade|src)\(/i;

/**
 * Lists what keeps an icon from being shown to everybody: an icon is an SVG that draws itself and does nothing else. What it
 * takes reads the same as XML and inside of an HTML page.
 */
export const findIconProblems = (bytes: Uint8Array): readonly IconProblem[] => {
  if (bytes.byteLength > PACKAGE_LIMITS.iconBytes) {
    return [{ message: `is larger than ${PACKAGE_LIMITS.iconBytes} bytes`, line: 1, column: 1 }];
  }
  const text = decode(bytes);
  if (text === undefined) return [{ message: 'is no UTF-8 text', line: 1, column: 1 }];
  const problems: IconProblem[] = [];
  const tell = (offset: number, message: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ message, ...placeOf(text, offset) });
  };
  if (CONTROL.test(text)) tell(text.search(CONTROL), 'has a control character');
  readIcon(text, tell);
  return problems;
};

type Tell = (offset: number, message: string) => void;
type Reading = { readonly text: string; readonly open: string[]; readonly tell: Tell; at: number; hasRoot: boolean };

/** Stops at the first thing that is no part of a well-formed document. */
const readIcon = (text: string, tell: Tell): void => {
  const reading: Reading = { text, open: [], tell, at: 0, hasRoot: false };
  take(DECLARATION, reading);
  while (reading.at < text.length) {
    if (take(COMMENT, reading) !== null) continue;
    if (!(takeText(reading) || takeClose(reading) || takeOpen(reading))) return tell(reading.at, strangerAt(reading));
  }
  const [innermost] = reading.open.slice(-1);
  if (innermost !== undefined) tell(text.length, `does not close <${innermost}>`);
  else if (!reading.hasRoot) tell(0, 'has no <svg>');
};

const take = (pattern: RegExp, reading: Reading): RegExpExecArray | null => {
  pattern.lastIndex = reading.at;
  const found = pattern.exec(reading.text);
  if (found !== null) reading.at += found[0].length;
  return found;
};

const takeText = (reading: Reading): boolean => {
  const start = reading.at;
  const [raw] = take(TEXT, reading) ?? [];
  if (raw === undefined) return false;
  const text = resolveReferences(raw);
  if (text === undefined) reading.tell(start, 'has a character reference that XML does not know');
  else if (reading.open.length === 0 && text.trim() !== '') reading.tell(start, 'has text outside of <svg>');
  else if (reading.open.at(-1) === 'style') for (const found of styleProblems(text)) reading.tell(start, found);
  return true;
};

const takeClose = (reading: Reading): boolean => {
  const start = reading.at;
  const [, name] = take(CLOSE, reading) ?? [];
  if (name === undefined) return false;
  if (reading.open.at(-1) === name) reading.open.pop();
  else reading.at = start;
  return reading.at > start;
};

const takeOpen = (reading: Reading): boolean => {
  const { open, tell } = reading;
  const start = reading.at;
  const [, name] = take(OPEN, reading) ?? [];
  if (name === undefined) return false;
  const parent = open.at(-1);
  if (parent === undefined && reading.hasRoot) tell(start, `has <${name}> after its end`);
  if (parent === undefined && name !== 'svg') tell(start, `begins with <${name}>, not with <svg>`);
  if (!ELEMENTS.has(name)) tell(start, `has <${name}>, which an icon may not have`);
  if (parent !== undefined && TEXT_ONLY.has(parent))
    tell(start, `has <${name}> in <${parent}>, which holds text alone`);
  reading.hasRoot = true;
  const known = new Set<string>();
  for (let next = take(ATTRIBUTE, reading); next !== null; next = take(ATTRIBUTE, reading)) {
    const [whole, key = '', value = next[3] ?? ''] = next;
    if (known.has(key)) tell(reading.at - whole.length, `has the attribute ${key} twice`);
    known.add(key);
    for (const problem of attributeProblems(key, value)) tell(start, problem);
  }
  const end = take(OPEN_END, reading);
  if (end !== null && end[1] === '') open.push(name);
  return end !== null;
};

const attributeProblems = (name: string, raw: string): readonly string[] => {
  const value = resolveReferences(raw);
  if (value === undefined) return [`has a character reference in ${name} that XML does not know`];
  if (name === 'xmlns' && value !== NAMESPACE) return ['has elements of another language than SVG'];
  if (name === 'xmlns' || name.startsWith('xmlns:')) return [];
  if (/^on/i.test(name)) return [`has the attribute ${name}, which runs code`];
  if (/(?:^|:)base$/i.test(name)) return [`has the attribute ${name}, which turns references elsewhere`];
  if (/(?:^|:)(?:href|src)$/i.test(name)) return value.startsWith('#') ? [] : [`refers to ${name} outside of itself`];
  return styleProblems(value).map((problem) => `${problem} in ${name}`);
};

const styleProblems = (text: string): readonly string[] => {
  if (STYLE_LOADS.test(text)) return ['has a style that may load something'];
  const targets = [...text.matchAll(/url\(\s*["']?([^]?)/gi)];
  return targets.every(([, first]) => first === '#') ? [] : ['refers to a URL'];
};

const strangerAt = ({ text, at, open }: Reading): string => {
  if (text.startsWith('<!DOCTYPE', at)) return 'has a document type, which may name files';
  if (text.startsWith('<![CDATA[', at)) return 'has a CDATA section: write its text as it is';
  if (text.startsWith('<?', at)) return 'has a processing instruction, which may name files';
  if (text.startsWith('</', at)) return `closes something else than <${open.at(-1) ?? 'svg'}>`;
  return 'is no well-formed XML from here';
};

/** Undefined where a reference names no character. */
const resolveReferences = (text: string): string | undefined => {
  let isKnown = true;
  const resolved = text.replaceAll(REFERENCE, (_, decimal?: string, hex?: string, name?: string) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const found = name === undefined ? characterOf(code) : ENTITIES.get(name);
    isKnown &&= found !== undefined;
    return found ?? '';
  });
  return isKnown ? resolved : undefined;
};

const characterOf = (code: number): string | undefined => {
  if (!(code >= 0x09 && code <= 0x10ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return CONTROL.test(character) || !character.isWellFormed() ? undefined : character;
};

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

const placeOf = (text: string, offset: number): Pick<IconProblem, 'line' | 'column'> => {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
};
