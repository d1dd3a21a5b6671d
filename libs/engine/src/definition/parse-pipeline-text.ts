import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
  type ParseOptions,
} from 'jsonc-parser';
import { DiagnosticList, type Locate, type Path } from './diagnostic.ts';
import { MAX_DEPTH } from './nesting.ts';

export const MAX_TEXT_CHARS = 16 * 1024 * 1024;
export const MAX_SEPARATORS = 1_000_000;

const [QUOTE, BACKSLASH, COMMA, COLON, LINE_FEED] = [34, 92, 44, 58, 10];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/** `json` is strict; `jsonc` may have comments and trailing commas. */
export type PipelineFormat = 'json' | 'jsonc';

export type ParsedText = {
  /** Undefined when the text is no JSON. */
  readonly value: unknown;
  readonly diagnostics: DiagnosticList;
};

const BYTE_ORDER_MARK = '\uFEFF';

/** Reads a definition's text. What can't be read safely (size, depth, `__proto__`) is reported and not built. */
export const parsePipelineText = (source: string, format: PipelineFormat = 'json'): ParsedText => {
  const text = source.startsWith(BYTE_ORDER_MARK) ? source.slice(1) : source;
  const measure = measureText(text);
  const refused = refuseHostile(text, measure);
  if (refused) return refused;
  const errors: ParseError[] = [];
  let tree: { readonly root: Node | undefined } | undefined;
  const readTree = (): Node | undefined => {
    tree ??= { root: parseTree(text, errors, { ...PARSE_OPTIONS[format], allowEmptyContent: false }) };
    return tree.root;
  };
  const locateOffset = createOffsetLocator(text);
  const diagnostics = new DiagnosticList(createPathLocator(readTree, locateOffset));
  if (text !== source) {
    diagnostics.add({
      code: 'IA_PIPELINE_BOM',
      severity: 'info',
      path: [],
      message: 'The byte order mark at the start is ignored.',
    });
  }
  const plain = mayHoldBrokenText(text) ? undefined : readPlain(text, measure.colons);
  if (plain !== undefined) return { value: plain.value, diagnostics };
  const root = readTree();
  for (const [index, error] of errors.entries()) {
    const isOther = index === 0 && !JSON_START.test(text);
    reportSyntax(diagnostics, locateOffset(error.offset), { error, format, isOther });
  }
  if (root === undefined || errors.length > 0) return { value: undefined, diagnostics };
  const isSafe = checkKeys(root, diagnostics);
  return { value: isSafe ? (getNodeValue(root) as unknown) : undefined, diagnostics };
};

const PARSE_OPTIONS: Readonly<Record<PipelineFormat, ParseOptions>> = {
  json: { disallowComments: true, allowTrailingComma: false },
  jsonc: { disallowComments: false, allowTrailingComma: true },
};

/**
 * Reads what is strict JSON with nothing to report, which is many times faster than with positions. Undefined when it is not:
 * then the slow way says why. An object that names a key twice has fewer keys than its text has colons.
 */
const readPlain = (text: string, colons: number): { readonly value: unknown } | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  let left = colons;
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null) continue;
    if (Array.isArray(item)) {
      for (const child of item) if (typeof child === 'object') pending.push(child);
      continue;
    }
    for (const key of Object.keys(item)) {
      if (key === '__proto__') return undefined;
      left -= 1;
      const child = (item as Readonly<Record<string, unknown>>)[key];
      if (typeof child === 'object') pending.push(child);
    }
  }
  return left === 0 ? { value } : undefined;
};

const REPLACEMENT = '\uFFFD';
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

const mayHoldBrokenText = (text: string): boolean =>
  !text.isWellFormed() || text.includes(REPLACEMENT) || SURROGATE_ESCAPE.test(text);

type TextMeasure = { readonly depth: number; readonly separators: number; readonly colons: number };

const refuseHostile = (text: string, { depth, separators }: TextMeasure): ParsedText | undefined => {
  const diagnostics = new DiagnosticList(() => ({ line: 1, column: 1 }));
  if (text.length > MAX_TEXT_CHARS) {
    const message = `A definition may have ${MAX_TEXT_CHARS} characters; this one has ${text.length}.`;
    diagnostics.add({
      code: 'IA_PIPELINE_TOO_LARGE',
      path: [],
      message,
      hint: 'Move data into parameters, or split the pipeline.',
    });
    return { value: undefined, diagnostics };
  }
  if (separators > MAX_SEPARATORS) {
    const message = `A definition may have ${MAX_SEPARATORS} values; this one has more.`;
    diagnostics.add({
      code: 'IA_PIPELINE_TOO_LARGE',
      path: [],
      message,
      hint: 'Move data into parameters, or split the pipeline.',
    });
    return { value: undefined, diagnostics };
  }
  if (depth <= MAX_DEPTH) return undefined;
  const message = `A definition may be nested ${MAX_DEPTH} levels deep.`;
  diagnostics.add({ code: 'IA_PIPELINE_TOO_DEEP', path: [], message });
  return { value: undefined, diagnostics };
};

/** How deep brackets nest and how many values there are, found without a parser, whose stack and memory could run out. */
const measureText = (text: string): TextMeasure => {
  let depth = 0;
  let deepest = 0;
  let separators = 0;
  let colons = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isInString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE || code === LINE_FEED) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === COMMA) separators += 1;
    else if (code === COLON) colons += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return { depth: deepest, separators, colons };
};

type OffsetLocator = (offset: number) => { readonly line: number; readonly column: number };

const createOffsetLocator = (text: string): OffsetLocator => {
  let lineStarts: number[] | undefined;
  return (offset) => {
    lineStarts ??= [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
};

/** Finds the node of a path, or of the nearest part of it that exists. */
const createPathLocator =
  (readTree: () => Node | undefined, locateOffset: OffsetLocator): Locate =>
  (path) => {
    const root = readTree();
    if (root === undefined) return undefined;
    for (let length = path.length; length > 0; length -= 1) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      if (node) return locateOffset(node.offset);
    }
    return locateOffset(root.offset);
  };

/** What an object, a list or a comment begins with, or a text with nothing in it. */
const JSON_START = /^\s*(?:[{[/]|$)/;

/** `isOther` for what does not even begin as JSON does. */
type SyntaxProblem = { readonly error: ParseError; readonly format: PipelineFormat; readonly isOther: boolean };

const reportSyntax = (
  diagnostics: DiagnosticList,
  at: ReturnType<OffsetLocator>,
  { error, format, isOther }: SyntaxProblem,
): void => {
  const name = printParseErrorCode(error.error);
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  const isJsonc = name === 'InvalidCommentToken' || (name === 'PropertyNameExpected' && format === 'json');
  diagnostics.addAt(at, {
    code: 'IA_PIPELINE_SYNTAX',
    path: [],
    message: `${words}.`,
    hint: isOther
      ? 'A definition is JSON, in a .json or .jsonc file. YAML is not read: convert it to JSON.'
      : isJsonc
        ? 'Comments and trailing commas belong into a .jsonc file.'
        : undefined,
  });
};

/** Reports keys that stand twice or reach into a prototype; false when the value must not be built. */
const checkKeys = (root: Node, diagnostics: DiagnosticList): boolean => {
  let isSafe = true;
  const pending: { readonly node: Node; readonly path: Path }[] = [{ node: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { node, path } = entry;
    if (node.type === 'array') {
      for (const [index, child] of (node.children ?? []).entries())
        pending.push({ node: child, path: [...path, index] });
      continue;
    }
    if (node.type !== 'object') {
      checkText(node.value, path, diagnostics);
      continue;
    }
    const seen = new Set<string>();
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      const name = String(key?.value);
      const childPath = [...path, name];
      if (name === '__proto__') {
        isSafe = false;
        diagnostics.add({
          code: 'IA_PIPELINE_UNSAFE_KEY',
          path: childPath,
          message: `The key '${name}' is not allowed.`,
        });
      }
      if (seen.has(name)) {
        diagnostics.add({
          code: 'IA_PIPELINE_DUPLICATE_KEY',
          path: childPath,
          message: `The key '${name}' stands twice in this object.`,
        });
      }
      seen.add(name);
      checkText(name, childPath, diagnostics);
      if (value) pending.push({ node: value, path: childPath });
    }
  }
  return isSafe;
};

const checkText = (value: unknown, path: Path, diagnostics: DiagnosticList): void => {
  if (typeof value !== 'string') return;
  if (!value.isWellFormed()) {
    const message = 'This text holds half of a surrogate pair, which no UTF-8 can hold.';
    diagnostics.add({ code: 'IA_PIPELINE_TEXT', path, message });
  } else if (value.includes(REPLACEMENT)) {
    diagnostics.add({
      code: 'IA_PIPELINE_TEXT',
      severity: 'warning',
      path,
      message: 'This text holds a replacement character: a part of the file may be no UTF-8.',
      hint: 'Save the file as UTF-8.',
    });
  }
};
